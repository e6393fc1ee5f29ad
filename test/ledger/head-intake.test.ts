/** The table of checks for heads (docs/protocol.md 6.1). */
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/core/bytes.ts";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import { Ledger } from "../../src/ledger/ledger.ts";
import { assumptionsOf, digestOf, NAMESPACE, ORIGIN, PROVIDER, T0, type TestAuditor } from "../support/auditors.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { caseEvents, FIVE, openBench } from "./bench.ts";

const [a, b, c] = FIVE;

describe("the table of checks for heads", () => {
  it("accepts a head once, and ignores it again before any signature check", async () => {
    const { give } = await openBench();
    const head = a.head(1, digestOf(1, 1));
    expect(await give(head)).toBe("accepted");
    expect(await give(head)).toBe("known");
    expect(await give(a.head(1, digestOf(1, 1), T0 + 99_000))).toBe("known");
    expect(await give({ ...head, timestampMs: T0, plexiSignature: new Uint8Array(64) })).toBe("known");
  });

  it("rejects what is malformed or wrongly signed, ignores strangers and other namespaces", async () => {
    const { give, ledger } = await openBench();
    expect(await ledger.receive(utf8("hello"), "gossip")).toBe("malformed");
    expect(await give({ ...a.head(1, digestOf(1, 1)), plexiSignature: new Uint8Array(64) })).toBe("bad-signature");
    expect(await give({ ...a.head(1, digestOf(1, 1)), cosignature: new Uint8Array(64) })).toBe("bad-signature");
    expect(await give(PROVIDER.head(1, digestOf(1, 1)))).toBe("unknown-key");
    expect(await give(a.head(1, digestOf(1, 1), T0, "other.namespace"))).toBe("unknown-namespace");
  });

  it("replaces a stripped head by the whole one, never the other way round", async () => {
    const { give, ledger } = await openBench();
    expect(await give(a.halfHead(1, digestOf(1, 1)))).toBe("accepted");
    expect(await give(a.lateHead(1, digestOf(1, 1)))).toBe("accepted");
    expect(await give(a.head(1, digestOf(1, 1)))).toBe("accepted");
    expect(await give(a.lateHead(1, digestOf(1, 1)))).toBe("known");
    const { heads } = await ledger.epochView(NAMESPACE, 1);
    expect(heads.map(({ head }) => head)).toEqual([a.head(1, digestOf(1, 1))]);
  });

  it("accepts a contradiction whatever its time, origin and distance, convicts, and then listens no more", async () => {
    const bench = await openBench();
    await bench.give(a.head(1, digestOf(1, 1)));
    expect(await bench.give(a.head(1, digestOf(2, 1), T0 + 1e12, NAMESPACE, "elsewhere/v1"))).toBe("accepted-conflict");
    expect(bench.ledger.convicted).toEqual(new Set(["a.example"]));
    expect(await bench.give(a.head(1, digestOf(3, 1)))).toBe("convicted-signer");
    expect(await bench.give(a.head(2, digestOf(1, 2)))).toBe("convicted-signer");
    expect(caseEvents(bench)).toEqual(["case-opened"]);
  });

  it("convicts by a half head that contradicts a whole one", async () => {
    const bench = await openBench();
    await bench.give(a.head(1, digestOf(1, 1)));
    expect(await bench.give(a.halfHead(1, digestOf(2, 1)))).toBe("accepted-conflict");
    expect(bench.ledger.convicted.has("a.example")).toBe(true);
  });

  it("does not convict by a cosignature of another log wrapped into this namespace", async () => {
    const bench = await openBench();
    await bench.give(a.head(1, digestOf(1, 1)));
    const framed = a.halfHead(1, digestOf(2, 1), T0, NAMESPACE, "other.log/v1");
    expect(await bench.give(framed)).toBe("origin-mismatch");
    expect(bench.ledger.convicted.size).toBe(0);
  });

  it("alarms about another origin for my namespace", async () => {
    const bench = await openBench();
    expect(await bench.give(a.head(1, digestOf(1, 1), T0, NAMESPACE, "elsewhere/v1"))).toBe("origin-mismatch");
    expect(bench.events.map(({ type }) => type)).toEqual(["origin-mismatch"]);
  });

  it("holds a head from the future until it is due", async () => {
    const bench = await openBench();
    const nowMs = bench.clock.now();
    expect(await bench.give(a.head(1, digestOf(1, 1), nowMs + 600_000))).toBe("early");
    await bench.ledger.releaseDue();
    expect(bench.ledger.height(NAMESPACE, "a.example")).toBe(1);
    expect((await bench.ledger.epochView(NAMESPACE, 1)).heads).toHaveLength(0);
    await bench.clock.advance(300_000);
    await bench.ledger.releaseDue();
    expect((await bench.ledger.epochView(NAMESPACE, 1)).heads).toHaveLength(1);
  });

  it("leaves heads far above what is verified to head sync, until f+1 auditors signed there", async () => {
    const bench = await openBench();
    const far = (auditor: TestAuditor, epoch: number) => auditor.head(epoch, digestOf(1, epoch), T0);
    expect(await bench.give(far(a, 700_000))).toBe("too-far-ahead");
    expect(await bench.give(far(b, 700_000))).toBe("accepted");
    expect(await bench.give(far(a, 700_000))).toBe("accepted");
    bench.ledger.setVerified(NAMESPACE, 800_000);
    expect(await bench.give(far(c, 804_096))).toBe("accepted");
    expect(await bench.give(far(c, 804_097))).toBe("too-far-ahead");
  });

  it("limits what one auditor can push by gossip, not what sync brings", async () => {
    const bench = await openBench();
    bench.ledger.setVerified(NAMESPACE, 100_000);
    const outcomes = new Set<string>();
    // The burst is 10,000; the limiter sees only valid signatures, so a cheap verifier stands in for the curve here.
    const store = new MemoryStore();
    const fast = await Ledger.open(
      {
        namespaces: [{ namespace: NAMESPACE, origin: ORIGIN }],
        roster: assumptionsOf(FIVE).roster,
        faultBound: 1,
        providerKeys: new Map(),
      },
      { store, clock: bench.clock, verifier: { verify: async () => true } },
    );
    fast.setVerified(NAMESPACE, 100_000);
    const template = a.head(1, digestOf(1, 1));
    for (let epoch = 1; epoch <= 10_001; epoch++) {
      outcomes.add(await fast.receive(encodeStatement({ ...template, epoch }), "gossip"));
    }
    expect(outcomes).toEqual(new Set(["accepted", "rate-limited"]));
    expect(await fast.receive(encodeStatement({ ...template, epoch: 10_002 }), "sync")).toBe("accepted");
    await store.close();
  });

  it("finds two conflicting heads that are in validation at the same time", async () => {
    for (const [first, second] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const bench = await openBench();
      const outcomes = await Promise.all([
        bench.give(a.head(1, digestOf(first, 1))),
        bench.give(a.head(1, digestOf(second, 1))),
      ]);
      expect(outcomes.sort()).toEqual(["accepted", "accepted-conflict"]);
      expect(bench.ledger.convicted.size).toBe(1);
    }
  });

  it("tells when a head under the own key is not what the claims yield", async () => {
    const bench = await openBench({ ownPublicKey: a.key.publicKey }, { ownClaimsYield: async () => false });
    await bench.ledger.receive(encodeStatement(a.head(1, digestOf(1, 1))), "own");
    expect(await bench.give(a.head(1, digestOf(1, 1)))).toBe("known");
    expect(bench.events.some(({ type }) => type === "own-key-conflict")).toBe(false);
    expect(await bench.give(a.head(1, digestOf(1, 1), T0 + 5_000))).toBe("known");
    expect(bench.events.at(-1)?.type).toBe("own-key-conflict");
  });

  it("refuses a namespace that was bound to another origin", async () => {
    const store = new MemoryStore();
    await openBench({}, { store });
    await expect(
      openBench({ namespaces: [{ namespace: NAMESPACE, origin: "new/v1" }] }, { store }),
    ).rejects.toMatchObject({ code: "LEDGER_ORIGIN_CHANGED" });
  });
});
