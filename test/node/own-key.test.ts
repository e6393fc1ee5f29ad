import { describe, expect, it } from "vitest";
import { SeedSigner } from "../../src/auditor/signer.ts";
import { silentLogger } from "../../src/core/log.ts";
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

describe("the signing guard", () => {
  const guard = (auditors: string[], allowAlone = false) => {
    const clock = new VirtualClock();
    return { clock, guard: new RosterGuard({ ownName: "a", auditors, allowAlone }, { clock, log: silentLogger }) };
  };

  it("opens when two other auditors answered, or all of a smaller roster", () => {
    const five = guard(["a", "b", "c", "d", "e"]).guard;
    five.hasAnswered("a");
    five.hasAnswered("b");
    five.hasAnswered("b");
    five.hasAnswered("stranger");
    expect(five.isOpen()).toBe(false);
    five.hasAnswered("c");
    expect(five.isOpen()).toBe(true);
    const two = guard(["a", "b"]).guard;
    expect(two.isOpen()).toBe(false);
    two.hasAnswered("b");
    expect(two.isOpen()).toBe(true);
    expect(guard(["a"]).guard.isOpen()).toBe(true);
  });

  it("opens for a node that may sign alone after a minute, and for no other", async () => {
    for (const allowAlone of [true, false]) {
      const { clock, guard: alone } = guard(["a", "b"], allowAlone);
      void alone.waitAlone(new AbortController().signal);
      await clock.advance(59_000);
      expect(alone.isOpen()).toBe(false);
      await clock.advance(1_000);
      expect(alone.isOpen()).toBe(allowAlone);
    }
  });
});
