import { describe, expect, it } from "vitest";
import { SeedSigner } from "../../src/auditor/signer.ts";
import { silentLogger } from "../../src/core/log.ts";
import { Roster } from "../../src/core/roster.ts";
import type { Claim } from "../../src/ledger/claims/claim-record.ts";
import { ownClaimsYield, strayOwnHead } from "../../src/node/own-key.ts";
import { RosterGuard } from "../../src/node/signing-guard.ts";
import { digestOf, makeAuditors, T0 } from "../support/auditors.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const [a] = makeAuditors(1);
const signer = new SeedSigner(a!.key);
const claim: Claim = a!.claim(5, digestOf(1, 5), T0);
const yields = (head: Parameters<typeof ownClaimsYield>[0], held: Claim | undefined = claim) =>
  ownClaimsYield(head, { claims: { get: async () => held, mark: () => 5 }, signer });

describe("a head under the own key", () => {
  it("is ours when the claim yields the same bytes, whole or stripped of one signature", async () => {
    expect(await yields(a!.head(5, digestOf(1, 5), T0))).toBe(true);
    expect(await yields(a!.lateHead(5, digestOf(1, 5), T0))).toBe(true);
    expect(await yields(a!.halfHead(5, digestOf(1, 5), T0))).toBe(true);
  });

  it("is not ours with another time, another digest, another suite, without a claim, or with a cosignature that a late claim never had", async () => {
    expect(await yields(a!.head(5, digestOf(1, 5), T0 + 1))).toBe(false);
    expect(await yields(a!.halfHead(5, digestOf(1, 5), T0 + 1000))).toBe(false);
    expect(await yields(a!.head(5, digestOf(2, 5), T0))).toBe(false);
    expect(await yields(a!.head(5, digestOf(1, 5), T0), { ...claim, suite: 2 })).toBe(false);
    expect(
      await ownClaimsYield(a!.head(5, digestOf(1, 5), T0), {
        claims: { get: async () => undefined, mark: () => 5 },
        signer,
      }),
    ).toBe(false);
    expect(await yields(a!.head(5, digestOf(1, 5), T0), { ...claim, late: true })).toBe(false);
    expect(await yields(a!.halfHead(5, digestOf(1, 5), T0), { ...claim, late: true })).toBe(false);
  });
});

describe("the newest own head in the ledger", () => {
  const stray = (epoch: number, held: Claim | undefined, mark: number, branch = 1) =>
    strayOwnHead([a!.head(epoch, digestOf(branch, epoch), T0)], {
      claims: { get: async () => held, mark: () => mark },
      signer,
    });

  it("agrees with the claims, or lies below the mark of a repair", async () => {
    expect(await stray(5, claim, 5)).toBeUndefined();
    expect(await stray(5, undefined, 9)).toBeUndefined();
  });

  it("contradicts claims that were put back or that say otherwise", async () => {
    expect(await stray(6, undefined, 5)).toMatchObject({ epoch: 6 });
    expect(await stray(5, claim, 5, 2)).toMatchObject({ epoch: 5 });
  });
});

const N = "whatsapp.key-transparency.v1";

describe("the signing guard", () => {
  interface Changes {
    readonly allowAlone?: boolean;
    readonly trustsMarks?: boolean;
    readonly retired?: readonly string[];
  }

  function guardOf(names: readonly string[], { allowAlone = false, trustsMarks = true, retired = [] }: Changes = {}) {
    const clock = new VirtualClock();
    const roster = new Roster(
      names.map((name, index) => ({
        name,
        keys: [{ publicKey: new Uint8Array(32).fill(index + 1) }],
        addresses: [],
        ...(retired.includes(name) ? { retired: { [N]: 7 } } : {}),
      })),
    );
    const guard = new RosterGuard(
      { ownName: "a", namespaces: [N], allowAlone },
      { roster: () => roster, trustsMarks: () => trustsMarks, clock, log: silentLogger },
    );
    void guard.wait(new AbortController().signal);
    return { clock, guard };
  }

  it("opens when two other auditors answered, or all of a smaller roster", () => {
    const five = guardOf(["a", "b", "c", "d", "e"]).guard;
    for (const name of ["a", "b", "b", "stranger"]) five.hasAnswered(name);
    expect(five.state(N)).toBe("closed");
    expect(five.missing(N)).toEqual(["c", "d", "e"]);
    five.hasAnswered("c");
    expect(five.state(N)).toBe("open");
    expect(five.missing(N)).toEqual([]);
    const two = guardOf(["a", "b"]).guard;
    expect(two.state(N)).toBe("closed");
    two.hasAnswered("b");
    expect(two.state(N)).toBe("open");
    expect(guardOf(["a"]).guard.state(N)).toBe("open");
  });

  it("opens for a node that may sign alone after a minute, and for no other", async () => {
    for (const allowAlone of [true, false]) {
      const { clock, guard } = guardOf(["a", "b"], { allowAlone });
      await clock.advance(59_000);
      expect(guard.state(N)).toBe("closed");
      await clock.advance(1_000);
      expect(guard.state(N)).toBe(allowAlone ? "open" : "closed");
    }
  });

  it("of three auditors with one down lets the others sign above a mark after ten minutes, not without any answer", async () => {
    const { clock, guard } = guardOf(["a", "b", "c"]);
    guard.hasAnswered("b");
    await clock.advance(599_000);
    expect(guard.state(N)).toBe("closed");
    await clock.advance(1_000);
    expect(guard.state(N)).toBe("above-mark");
    expect(guard.missing(N)).toEqual(["c"]);
    guard.hasAnswered("c");
    expect(guard.state(N)).toBe("open");

    const unheard = guardOf(["a", "b", "c"]);
    await unheard.clock.advance(3_600_000);
    expect(unheard.guard.state(N)).toBe("closed");
    unheard.guard.hasAnswered("c");
    expect(unheard.guard.state(N)).toBe("above-mark");
  });

  it("takes no mark for an answer where the claims were made from what was left of others", async () => {
    const { clock, guard } = guardOf(["a", "b", "c"], { trustsMarks: false });
    guard.hasAnswered("b");
    await clock.advance(3_600_000);
    expect(guard.state(N)).toBe("closed");
    guard.hasAnswered("c");
    expect(guard.state(N)).toBe("open");
  });

  it("waits for nobody who is retired, and hears none of them", () => {
    const { guard } = guardOf(["a", "b", "c", "d"], { retired: ["c", "d"] });
    guard.hasAnswered("c");
    guard.hasAnswered("d");
    expect(guard.state(N)).toBe("closed");
    expect(guard.missing(N)).toEqual(["b"]);
    guard.hasAnswered("b");
    expect(guard.state(N)).toBe("open");
    expect(guard.needed("another.namespace")).toBe(2);
  });
});
