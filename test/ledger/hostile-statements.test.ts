import { describe, expect, it } from "vitest";
import { SeedSigner } from "../../src/auditor/signer.ts";
import { compareBytes } from "../../src/core/bytes.ts";
import type { Statement } from "../../src/core/statement.ts";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import { verdictOf } from "../../src/gossip/verdicts.ts";
import type { Claim } from "../../src/ledger/claims/claim-record.ts";
import { ownClaimsYield } from "../../src/node/own-key.ts";
import { digestOf, NAMESPACE, ORIGIN, PROVIDER, T0, TestAuditor } from "../support/auditors.ts";
import { caseEvents, FIVE, openBench, openCases, rosterAnnouncing } from "./bench.ts";

const [a, b, c] = FIVE;
const carrier = (...statements: Statement[]): Statement => ({
  type: "evidence",
  exhibits: statements.map(encodeStatement).sort(compareBytes),
});

describe("a stranger that rewrites what an auditor signed", () => {
  const signer = new SeedSigner(a.key);
  const claimOf = (epoch: number, late: boolean): Claim => ({
    namespace: NAMESPACE,
    origin: ORIGIN,
    epoch,
    digest: digestOf(1, epoch),
    timestampMs: T0,
    suite: 1,
    late,
    publicKey: a.key.publicKey,
  });
  const own = (claim: Claim | undefined) =>
    openBench(
      { ownPublicKey: a.key.publicKey },
      {
        ownClaimsYield: (head) => ownClaimsYield(head, { claims: { get: async () => claim, mark: () => 5 }, signer }),
      },
    );
  const conflicts = (events: readonly { type: string }[]) => events.filter(({ type }) => type === "own-key-conflict");

  it.each([
    ["whole", false],
    ["late", true],
  ])("does not halt it by another origin on its %s head, which only the cosignature covers", async (_name, late) => {
    const bench = await own(claimOf(5, late));
    const { cosignature: _stripped, ...bare } = await signer.signHead(claimOf(5, late));
    expect(await bench.give({ ...bare, origin: "elsewhere/v1" })).toBe("origin-mismatch");
    await bench.ledger.receive(encodeStatement(await signer.signHead(claimOf(5, late))), "own");
    expect(await bench.give({ ...bare, origin: "elsewhere/v2" })).toBe("known");
    expect(conflicts(bench.events)).toEqual([]);
  });

  it("does not halt it by a stripped copy of a head whose claim a repair lost", async () => {
    const bench = await own(undefined);
    await bench.ledger.receive(encodeStatement(a.head(5, digestOf(1, 5), T0)), "own");
    expect(await bench.give(a.lateHead(5, digestOf(1, 5), T0))).toBe("known");
    expect(await bench.give(a.halfHead(5, digestOf(1, 5), T0))).toBe("known");
    expect(conflicts(bench.events)).toEqual([]);
  });

  it("raises no alarm about a configuration: only two signatures together prove an origin for a namespace", async () => {
    const bench = await openBench();
    expect(await bench.give(a.halfHead(5, digestOf(1, 5), T0, NAMESPACE, "other.log/v1"))).toBe("origin-mismatch");
    expect(await bench.give({ ...a.lateHead(5, digestOf(1, 5), T0), origin: "other.log/v1" })).toBe("origin-mismatch");
    expect(bench.events).toEqual([]);
    await bench.give(a.head(5, digestOf(1, 5), T0, NAMESPACE, "other.log/v1"));
    expect(bench.events.map(({ type }) => type)).toEqual(["origin-mismatch"]);
  });
});

describe("a carrier", () => {
  it("with a wrong signature is not passed on and not blamed on its sender, who may have had no reason to check it", async () => {
    const forged = { ...b.head(5, digestOf(1, 5)), plexiSignature: new Uint8Array(64) };
    const mixed = carrier(forged, a.head(6, digestOf(1, 6)));
    const holder = await openBench();
    await holder.give(b.head(5, digestOf(1, 5)));
    expect(await holder.give(mixed)).toBe("accepted");
    const newcomer = await openBench();
    const outcome = await newcomer.give(mixed);
    expect(verdictOf(outcome as Parameters<typeof verdictOf>[0])).toBe("ignore");
    expect((await newcomer.ledger.epochView(NAMESPACE, 5)).heads).toEqual([]);
  });
});

describe("an auditor's record", () => {
  it("spends a rate when it comes by gossip, since each one is passed on by everybody", async () => {
    const bench = await openBench();
    const outcomes = new Set<string>();
    for (let i = 0; i < 100; i++) outcomes.add(await bench.give(a.record(T0 + i, PROVIDER)));
    expect(outcomes).toEqual(new Set(["accepted", "rate-limited"]));
    expect(await bench.give(b.record(T0, PROVIDER))).toBe("accepted");
    expect(await bench.ledger.receive(encodeStatement(a.record(T0 + 200, PROVIDER)), "sync")).toBe("accepted");
    await bench.clock.advance(60_000);
    expect(await bench.give(a.record(T0 + 300, PROVIDER))).toBe("accepted");
  });
});

describe("a rotation that takes effect", () => {
  it("takes the old key's later heads out of forks at once, as after a restart", async () => {
    const next = new TestAuditor("a.example", 77);
    const roster = rosterAnnouncing(next);
    const bench = await openBench({ roster });
    for (const auditor of [b, c]) await bench.give(auditor.head(10, digestOf(1, 10)));
    await bench.give(a.head(10, digestOf(2, 10)));
    expect(openCases(bench)).toHaveLength(1);
    expect(await bench.give(a.rotation(next, 8))).toBe("accepted");
    expect(caseEvents(bench)).toEqual(["case-opened", "case-explained"]);
    expect(openCases(bench)).toEqual([]);
    expect(openCases(await bench.reopen())).toEqual([]);
  });
});
