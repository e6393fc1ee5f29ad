import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { compareBytes, fromBase64, utf8 } from "../../src/core/bytes.ts";
import { formatCaseFile, parseCaseFile, verifyCaseFile } from "../../src/core/case-file.ts";
import { deriveCases } from "../../src/core/derive-cases.ts";
import { nobleVerifier } from "../../src/core/ed25519.ts";
import type { AuditorHead } from "../../src/core/head.ts";
import type { Statement } from "../../src/core/statement.ts";
import { decodeStatement, encodeStatement } from "../../src/core/statement-codec.ts";
import { Ledger } from "../../src/ledger/ledger.ts";
import type { LedgerEvent, LedgerOptions } from "../../src/ledger/ledger-types.ts";
import { NativeVerifier } from "../../src/platform/native-ed25519.ts";
import {
  assumptionsOf,
  digestOf,
  makeAuditors,
  NAMESPACE,
  ORIGIN,
  PROVIDER,
  rosterOf,
  T0,
  TestAuditor,
} from "../support/auditors.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const seven = makeAuditors(7);
const auditors = seven.slice(0, 5);
const [a, b, c, d, e, f, g] = seven as [
  TestAuditor,
  TestAuditor,
  TestAuditor,
  TestAuditor,
  TestAuditor,
  TestAuditor,
  TestAuditor,
];
const verifier = new NativeVerifier();
const opened: MemoryStore[] = [];

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

interface Bench {
  ledger: Ledger;
  store: MemoryStore;
  clock: VirtualClock;
  events: LedgerEvent[];
  give(statement: Statement): Promise<string>;
}

async function openLedger(
  options: Partial<LedgerOptions> = {},
  store = new MemoryStore(),
  ownClaimsYield?: (head: AuditorHead) => Promise<boolean>,
): Promise<Bench> {
  const clock = new VirtualClock(T0 + 10_000_000);
  const assumptions = assumptionsOf(auditors);
  const ledger = await Ledger.open(
    {
      namespaces: [{ namespace: NAMESPACE, origin: ORIGIN }],
      roster: assumptions.roster,
      faultBound: 1,
      providerKeys: assumptions.providerKeys,
      ...options,
    },
    { store, clock, verifier, ...(ownClaimsYield ? { ownClaimsYield } : {}) },
  );
  opened.push(store);
  const events: LedgerEvent[] = [];
  ledger.onEvent((event) => events.push(event));
  return { ledger, store, clock, events, give: (statement) => ledger.receive(encodeStatement(statement), "gossip") };
}

const caseEvents = (bench: Bench) =>
  bench.events.filter(({ type }) => type.startsWith("case-")).map(({ type }) => type);
const openCases = (bench: Bench) =>
  bench.ledger
    .cases()
    .filter(({ state }) => state === "open")
    .map(({ id, class: caseClass }) => `${id} ${caseClass}`)
    .sort();

describe("the table of checks for heads", () => {
  it("accepts a head once, and ignores it again before any signature check", async () => {
    const { give } = await openLedger();
    const head = a.head(1, digestOf(1, 1));
    expect(await give(head)).toBe("accepted");
    expect(await give(head)).toBe("known");
    expect(await give(a.head(1, digestOf(1, 1), T0 + 99_000))).toBe("known");
    expect(await give({ ...head, timestampMs: T0, plexiSignature: new Uint8Array(64) })).toBe("known");
  });

  it("rejects what is malformed or wrongly signed, ignores strangers and other namespaces", async () => {
    const { give, ledger } = await openLedger();
    expect(await ledger.receive(utf8("hello"), "gossip")).toBe("malformed");
    expect(await give({ ...a.head(1, digestOf(1, 1)), plexiSignature: new Uint8Array(64) })).toBe("bad-signature");
    expect(await give({ ...a.head(1, digestOf(1, 1)), cosignature: new Uint8Array(64) })).toBe("bad-signature");
    expect(await give(PROVIDER.head(1, digestOf(1, 1)))).toBe("unknown-key");
    expect(await give(a.head(1, digestOf(1, 1), T0, "other.namespace"))).toBe("unknown-namespace");
  });

  it("replaces a stripped head by the whole one, never the other way round", async () => {
    const { give, ledger } = await openLedger();
    expect(await give(a.halfHead(1, digestOf(1, 1)))).toBe("accepted");
    expect(await give(a.lateHead(1, digestOf(1, 1)))).toBe("accepted");
    expect(await give(a.head(1, digestOf(1, 1)))).toBe("accepted");
    expect(await give(a.lateHead(1, digestOf(1, 1)))).toBe("known");
    const { heads } = await ledger.epochView(NAMESPACE, 1);
    expect(heads.map(({ head }) => head)).toEqual([a.head(1, digestOf(1, 1))]);
  });

  it("accepts a contradiction whatever its time, origin and distance, convicts, and then listens no more", async () => {
    const bench = await openLedger();
    await bench.give(a.head(1, digestOf(1, 1)));
    expect(await bench.give(a.head(1, digestOf(2, 1), T0 + 1e12, NAMESPACE, "elsewhere/v1"))).toBe("accepted-conflict");
    expect(bench.ledger.convicted).toEqual(new Set(["a.example"]));
    expect(await bench.give(a.head(1, digestOf(3, 1)))).toBe("convicted-signer");
    expect(await bench.give(a.head(2, digestOf(1, 2)))).toBe("convicted-signer");
    expect(caseEvents(bench)).toEqual(["case-opened"]);
  });

  it("convicts by a half head that contradicts a whole one", async () => {
    const bench = await openLedger();
    await bench.give(a.head(1, digestOf(1, 1)));
    expect(await bench.give(a.halfHead(1, digestOf(2, 1)))).toBe("accepted-conflict");
    expect(bench.ledger.convicted.has("a.example")).toBe(true);
  });

  it("does not convict by a cosignature of another log wrapped into this namespace", async () => {
    const bench = await openLedger();
    await bench.give(a.head(1, digestOf(1, 1)));
    const framed = a.halfHead(1, digestOf(2, 1), T0, NAMESPACE, "other.log/v1");
    expect(await bench.give(framed)).toBe("origin-mismatch");
    expect(bench.ledger.convicted.size).toBe(0);
  });

  it("alarms about another origin for my namespace", async () => {
    const bench = await openLedger();
    expect(await bench.give(a.head(1, digestOf(1, 1), T0, NAMESPACE, "elsewhere/v1"))).toBe("origin-mismatch");
    expect(bench.events.map(({ type }) => type)).toEqual(["origin-mismatch"]);
  });

  it("holds a head from the future until it is due", async () => {
    const bench = await openLedger();
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
    const bench = await openLedger();
    const far = (auditor: TestAuditor, epoch: number) => auditor.head(epoch, digestOf(1, epoch), T0);
    expect(await bench.give(far(a, 700_000))).toBe("too-far-ahead");
    expect(await bench.give(far(b, 700_000))).toBe("accepted");
    expect(await bench.give(far(a, 700_000))).toBe("accepted");
    bench.ledger.setVerified(NAMESPACE, 800_000);
    expect(await bench.give(far(c, 804_096))).toBe("accepted");
    expect(await bench.give(far(c, 804_097))).toBe("too-far-ahead");
  });

  it("limits what one auditor can push by gossip, not what sync brings", async () => {
    const bench = await openLedger();
    bench.ledger.setVerified(NAMESPACE, 100_000);
    const outcomes = new Set<string>();
    // The burst is 10,000; the limiter sees only valid signatures, so a cheap verifier stands in for the curve here.
    const store = new MemoryStore();
    const fast = await Ledger.open(
      {
        namespaces: [{ namespace: NAMESPACE, origin: ORIGIN }],
        roster: assumptionsOf(auditors).roster,
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
      const bench = await openLedger();
      const outcomes = await Promise.all([
        bench.give(a.head(1, digestOf(first, 1))),
        bench.give(a.head(1, digestOf(second, 1))),
      ]);
      expect(outcomes.sort()).toEqual(["accepted", "accepted-conflict"]);
      expect(bench.ledger.convicted.size).toBe(1);
    }
  });

  it("tells when a head under the own key is not what the claims yield", async () => {
    const bench = await openLedger({ ownPublicKey: a.key.publicKey }, new MemoryStore(), async () => false);
    await bench.ledger.receive(encodeStatement(a.head(1, digestOf(1, 1))), "own");
    expect(await bench.give(a.head(1, digestOf(1, 1)))).toBe("known");
    expect(bench.events.some(({ type }) => type === "own-key-conflict")).toBe(false);
    expect(await bench.give(a.head(1, digestOf(1, 1), T0 + 5_000))).toBe("known");
    expect(bench.events.at(-1)?.type).toBe("own-key-conflict");
  });

  it("refuses a namespace that was bound to another origin", async () => {
    const store = new MemoryStore();
    await openLedger({}, store);
    await expect(openLedger({ namespaces: [{ namespace: NAMESPACE, origin: "new/v1" }] }, store)).rejects.toMatchObject(
      { code: "LEDGER_ORIGIN_CHANGED" },
    );
  });
});

describe("records, rotations and observations", () => {
  it("keeps the newest record; at equal sequence the smaller bytes", async () => {
    const { give, ledger } = await openLedger();
    const [one, two] = [a.record(T0, PROVIDER, ["/ip4/1.1.1.1/tcp/1"]), a.record(T0, PROVIDER, ["/ip4/2.2.2.2/tcp/1"])];
    const [smaller, larger] = [one, two].sort((x, y) => compareBytes(encodeStatement(x), encodeStatement(y)));
    expect(await give(larger!)).toBe("accepted");
    expect(await give(smaller!)).toBe("accepted");
    expect(await give(larger!)).toBe("superseded");
    expect(await give(a.record(T0 - 1, PROVIDER))).toBe("superseded");
    expect(await give(a.record(T0 + 1, PROVIDER))).toBe("accepted");
    expect((decodeStatement((await ledger.statements.record("a.example"))!) as { sequence: number }).sequence).toBe(
      T0 + 1,
    );
  });

  it("refuses a record whose name is not the key's, one from the future, one with a wrong peer signature", async () => {
    const bench = await openLedger();
    expect(await bench.give(new TestAuditor("b.example", 1).record(T0, PROVIDER))).toBe("unknown-key");
    expect(await bench.give(a.record(bench.clock.now() + 301_000, PROVIDER))).toBe("early");
    expect(await bench.give({ ...a.record(T0, PROVIDER), peerSignature: new Uint8Array(64) })).toBe("bad-signature");
  });

  it("lets a rotation take effect only towards the next key that the roster announces", async () => {
    const [next, thief] = [new TestAuditor("a.example", 77), new TestAuditor("a.example", 78)];
    const { sha256 } = await import("../../src/core/hash.ts");
    const { Roster } = await import("../../src/core/roster.ts");
    const roster = new Roster(
      auditors.map(({ name, key }) => ({
        name,
        keys: [{ publicKey: key.publicKey }],
        addresses: [],
        ...(name === "a.example" ? { nextKeyHash: sha256(next.key.publicKey) } : {}),
      })),
    );
    const stolen = await openLedger({ roster });
    expect(await stolen.give(a.rotation(thief, 10))).toBe("accepted");
    expect(await stolen.give(thief.head(10, digestOf(1, 10)))).toBe("unknown-key");
    const bench = await openLedger({ roster });
    expect(await bench.give(a.rotation(next, 10))).toBe("accepted");
    expect(await bench.give(next.head(10, digestOf(1, 10)))).toBe("accepted");
    expect(bench.ledger.assumptions.roster.byKey(next.key.publicKey)?.auditor.name).toBe("a.example");
  });

  it("convicts an auditor that rotates one key to two", async () => {
    const bench = await openLedger();
    await bench.give(a.rotation(new TestAuditor("x", 77), 10));
    expect(await bench.give(a.rotation(new TestAuditor("x", 78), 10))).toBe("accepted-conflict");
    expect(openCases(bench)).toHaveLength(1);
    expect(bench.ledger.convicted).toEqual(new Set(["a.example"]));
  });

  it("opens a case for observations of more than f auditors that name the same blobs", async () => {
    const bench = await openLedger();
    const names = ["7/aa/bb", "7/aa/cc"];
    expect(await bench.give(a.observation(7, "conflicting-listing", names))).toBe("accepted");
    expect(await bench.give(a.observation(7, "conflicting-listing", names))).toBe("known");
    await bench.give(b.observation(7, "conflicting-listing", ["7/aa/bb", "7/aa/dd"]));
    expect(openCases(bench)).toEqual([]);
    await bench.give(c.observation(7, "conflicting-listing", names));
    expect(bench.ledger.cases().map((record) => record.class)).toEqual(["forked-listing"]);
    await bench.give(d.observation(7, "withheld", []));
    expect(bench.ledger.cases()).toHaveLength(1);
  });
});

describe("cases", () => {
  it("a fork of three against two convicts the provider; a hundred further epochs are the same case and no news", async () => {
    const bench = await openLedger();
    for (let epoch = 17; epoch <= 117; epoch++) {
      for (const auditor of [a, b, c]) await bench.give(auditor.head(epoch, digestOf(1, epoch)));
      for (const auditor of [d, e]) await bench.give(auditor.head(epoch, digestOf(2, epoch)));
    }
    expect(openCases(bench)).toHaveLength(1);
    const [record] = bench.ledger.cases();
    expect(record).toMatchObject({ class: "split-view", subject: { kind: "fork", namespace: NAMESPACE, epoch: 17 } });
    // First one against three, a lead; then the bound is passed, at the first epoch and at each after it.
    expect(caseEvents(bench)).toEqual(["case-opened", "case-opened"]);
  });

  it("four against one is a disagreement and convicts nobody", async () => {
    const bench = await openLedger();
    for (const auditor of [a, b, c, d]) await bench.give(auditor.head(17, digestOf(1, 17)));
    await bench.give(e.head(17, digestOf(2, 17)));
    expect(bench.ledger.cases()).toMatchObject([{ class: "disagreement", state: "open" }]);
  });

  it("verifies offline from the case file, with public keys alone, and not when it is tampered with", async () => {
    const bench = await openLedger();
    for (const auditor of [a, b, c]) await bench.give(auditor.head(17, digestOf(1, 17)));
    for (const auditor of [d, e]) await bench.give(auditor.head(17, digestOf(2, 17)));
    const [record] = bench.ledger.cases();
    const exhibits = bench.ledger.exhibitsOf(record!).map((exhibit) => fromBase64(exhibit));
    const file = parseCaseFile(JSON.stringify(formatCaseFile(record!, exhibits)));
    const modules = { assumptions: assumptionsOf(auditors), verifier: nobleVerifier };
    expect(await verifyCaseFile(file, modules)).toMatchObject({
      id: record!.id,
      class: "split-view",
      convicts: "provider",
    });
    expect(await verifyCaseFile(file, { ...modules, assumptions: assumptionsOf(auditors, 2) })).toMatchObject({
      class: "disagreement",
      convicts: "nobody",
    });
    await expect(verifyCaseFile({ ...file, exhibits: file.exhibits.slice(0, 1) }, modules)).rejects.toMatchObject({
      code: "CASE_INVALID",
    });
    const forged = formatCaseFile(record!, [
      encodeStatement({ ...a.head(17, digestOf(3, 17)), plexiSignature: new Uint8Array(64) }),
    ]);
    await expect(verifyCaseFile(forged, modules)).rejects.toThrow(/signature of exhibit 0 is invalid/);
    await expect(verifyCaseFile(file, { ...modules, assumptions: assumptionsOf([PROVIDER]) })).rejects.toThrow(
      /keys that are not in your roster/,
    );
  });

  it("verifies offline although the fork's first and strongest epochs are far apart", async () => {
    const bench = await openLedger({ roster: rosterOf(seven) });
    bench.ledger.setVerified(NAMESPACE, 5_000);
    for (let epoch = 17; epoch <= 2_017; epoch += 500) {
      for (const auditor of [a, b, c, f]) await bench.give(auditor.head(epoch, digestOf(1, epoch)));
      for (const auditor of epoch === 2_017 ? [d, e, g] : [d, e])
        await bench.give(auditor.head(epoch, digestOf(2, epoch)));
    }
    const record = bench.ledger.cases().find(({ state }) => state === "open");
    expect(record).toMatchObject({ class: "split-view", subject: { epoch: 17 }, best: { epoch: 2_017 } });
    const exhibits = bench.ledger.exhibitsOf(record!).map((exhibit) => fromBase64(exhibit));
    const file = formatCaseFile(record!, exhibits);
    for (const faultBound of [1, 2]) {
      const verdict = await verifyCaseFile(file, { assumptions: assumptionsOf(seven, faultBound), verifier });
      expect(verdict).toMatchObject({ id: record!.id, class: "split-view" });
    }
  });

  it("one case however late the first parting epoch becomes known", async () => {
    const bench = await openLedger();
    for (const epoch of [20, 19, 18, 17]) {
      for (const auditor of [a, b, c]) await bench.give(auditor.head(epoch, digestOf(1, epoch)));
      for (const auditor of [d, e]) await bench.give(auditor.head(epoch, digestOf(2, epoch)));
    }
    const open = bench.ledger.cases().filter(({ state }) => state === "open");
    expect(open).toMatchObject([{ subject: { epoch: 17 }, class: "split-view" }]);
    // A lead by the first of the two, then the fork; that it begins earlier is no news.
    expect(caseEvents(bench)).toEqual(["case-opened", "case-opened"]);
    const merged = bench.ledger.cases().filter(({ state }) => state === "merged");
    expect(merged.map(({ id }) => bench.ledger.caseOf(id)?.id)).toEqual(merged.map(() => open[0]!.id));
  });

  it("an acknowledged lead says nothing of the conviction that it turns into", async () => {
    const bench = await openLedger();
    for (const auditor of [a, b, c]) await bench.give(auditor.head(17, digestOf(1, 17)));
    await bench.give(e.head(17, digestOf(2, 17)));
    const [record] = bench.ledger.cases();
    expect(await bench.ledger.acknowledge(record!.id, "asked e.example")).toBe(true);
    expect(bench.ledger.cases()[0]).toMatchObject({ acknowledged: { note: "asked e.example" } });
    await bench.give(d.head(17, digestOf(2, 17)));
    const [open] = bench.ledger.cases().filter(({ state }) => state === "open");
    expect(open).toMatchObject({ class: "split-view" });
    expect(open).not.toHaveProperty("acknowledged");
    expect(caseEvents(bench)).toEqual(["case-opened", "case-opened"]);
    expect(await bench.ledger.acknowledge("00", "no such case")).toBe(false);
  });

  it("a lone dissenter that turns out to be a liar explains the disagreement", async () => {
    const bench = await openLedger();
    for (const auditor of [a, b, c, d]) await bench.give(auditor.head(17, digestOf(1, 17)));
    await bench.give(e.head(17, digestOf(2, 17)));
    await bench.give(e.head(17, digestOf(1, 17)));
    expect(caseEvents(bench)).toEqual(["case-opened", "case-opened", "case-explained"]);
    expect(openCases(bench)).toHaveLength(1);
  });

  it("a provider's own two heads, or one against more than f auditors, convict it", async () => {
    const bench = await openLedger();
    await bench.give(PROVIDER.providerHead(5, digestOf(9, 5)));
    await bench.give(a.head(5, digestOf(1, 5)));
    expect(bench.ledger.cases()).toMatchObject([{ class: "disagreement" }]);
    await bench.give(b.head(5, digestOf(1, 5)));
    const open = () => bench.ledger.cases().filter(({ state }) => state === "open");
    expect(open()).toMatchObject([{ class: "provider-contradiction" }]);
    expect(await bench.give(PROVIDER.providerHead(5, digestOf(1, 5)))).toBe("accepted-conflict");
    expect(open()).toMatchObject([{ class: "provider-equivocation" }]);
    expect(await bench.give(PROVIDER.providerHead(5, digestOf(3, 5)))).toBe("third-digest");
  });

  it("survives a restart: the same cases, no second alert", async () => {
    const store = new MemoryStore();
    const before = await openLedger({}, store);
    for (const auditor of [a, b, c]) await before.give(auditor.head(17, digestOf(1, 17)));
    for (const auditor of [d, e]) await before.give(auditor.head(17, digestOf(2, 17)));
    await before.give(c.head(18, digestOf(1, 18)));
    await before.give(c.head(18, digestOf(2, 18)));
    const after = await openLedger({}, store);
    expect(openCases(after)).toEqual(openCases(before));
    expect(after.events).toEqual([]);
    expect(after.ledger.convicted).toEqual(new Set(["c.example"]));
  });

  it("are a function of the statements held, whatever their order of arrival", async () => {
    const statementArbitrary = fc.oneof(
      {
        weight: 8,
        arbitrary: fc
          .record({
            who: fc.nat(4),
            epoch: fc.constantFrom(1, 2, 3, 1500, 1501, 4000),
            branch: fc.constantFrom(1, 1, 1, 2, 3),
            half: fc.boolean(),
          })
          .map(({ who, epoch, branch, half }) =>
            half
              ? auditors[who]!.halfHead(epoch, digestOf(branch, epoch))
              : auditors[who]!.head(epoch, digestOf(branch, epoch)),
          ),
      },
      { weight: 1, arbitrary: fc.constantFrom(1, 2).map((branch) => PROVIDER.providerHead(2, digestOf(branch, 2))) },
      {
        weight: 1,
        arbitrary: fc.nat(4).map((who) => auditors[who]!.observation(3, "conflicting-listing", ["3/a/b", "3/a/c"])),
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(statementArbitrary, { minLength: 2, maxLength: 25 }),
        fc.nat(1000),
        async (statements, seed) => {
          const results: string[][] = [];
          const shuffled = [...statements].sort(
            (x, y) => hash(encodeStatement(x), seed) - hash(encodeStatement(y), seed),
          );
          for (const order of [statements, shuffled]) {
            const bench = await openLedger();
            bench.ledger.setVerified(NAMESPACE, 10_000);
            for (const statement of order) await bench.give(statement);
            // What a convicted auditor says is not stored any more, so compare with the definition over what is held.
            results.push(openCases(bench));
            const expected = deriveCases(statements, assumptionsOf(auditors, 1)).map(
              ({ id, class: caseClass }) => `${id} ${caseClass}`,
            );
            expect(openCases(bench)).toEqual(expected.sort());
            await bench.store.close();
          }
          expect(results[0]).toEqual(results[1]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

function hash(bytes: Uint8Array, seed: number): number {
  let h = seed | 1;
  for (const byte of bytes) h = (Math.imul(h, 31) + byte) | 0;
  return h;
}
