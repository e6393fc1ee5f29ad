/** Cases, from the statements that a ledger was given. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64 } from "../../src/core/bytes.ts";
import { formatCaseFile, parseCaseFile, verifyCaseFile } from "../../src/core/case-file.ts";
import { deriveCases } from "../../src/core/derive-cases.ts";
import { nobleVerifier } from "../../src/core/ed25519.ts";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import {
  assumptionsOf,
  digestOf,
  makeAuditors,
  NAMESPACE,
  PROVIDER,
  rosterOf,
  type TestAuditor,
} from "../support/auditors.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { type Bench, caseEvents, FIVE, openBench, openCases, verifier } from "./bench.ts";

const seven = makeAuditors(7) as [
  TestAuditor,
  TestAuditor,
  TestAuditor,
  TestAuditor,
  TestAuditor,
  TestAuditor,
  TestAuditor,
];
const [a, b, c, d, e, f, g] = seven;

function standing(bench: Bench): string[] {
  return openCases(bench)
    .map(({ id, class: caseClass }) => `${id} ${caseClass}`)
    .sort();
}

describe("cases", () => {
  it("a fork of three against two convicts the provider; a hundred further epochs are the same case and no news", async () => {
    const bench = await openBench();
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
    const bench = await openBench();
    for (const auditor of [a, b, c, d]) await bench.give(auditor.head(17, digestOf(1, 17)));
    await bench.give(e.head(17, digestOf(2, 17)));
    expect(bench.ledger.cases()).toMatchObject([{ class: "disagreement", state: "open" }]);
  });

  it("verifies offline from the case file, with public keys alone, and not when it is tampered with", async () => {
    const bench = await openBench();
    for (const auditor of [a, b, c]) await bench.give(auditor.head(17, digestOf(1, 17)));
    for (const auditor of [d, e]) await bench.give(auditor.head(17, digestOf(2, 17)));
    const [record] = bench.ledger.cases();
    const exhibits = bench.ledger.exhibitsOf(record!).map((exhibit) => fromBase64(exhibit));
    const file = parseCaseFile(JSON.stringify(formatCaseFile(record!, exhibits)));
    const modules = { assumptions: assumptionsOf(FIVE), verifier: nobleVerifier };
    expect(await verifyCaseFile(file, modules)).toMatchObject({
      id: record!.id,
      class: "split-view",
      convicts: "provider",
    });
    expect(await verifyCaseFile(file, { ...modules, assumptions: assumptionsOf(FIVE, 2) })).toMatchObject({
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
    const bench = await openBench({ roster: rosterOf(seven) });
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
    const bench = await openBench();
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

  it("acknowledging a lead does not acknowledge the conviction that it turns into", async () => {
    const bench = await openBench();
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
    const bench = await openBench();
    for (const auditor of [a, b, c, d]) await bench.give(auditor.head(17, digestOf(1, 17)));
    await bench.give(e.head(17, digestOf(2, 17)));
    await bench.give(e.head(17, digestOf(1, 17)));
    expect(caseEvents(bench)).toEqual(["case-opened", "case-opened", "case-explained"]);
    expect(openCases(bench)).toHaveLength(1);
  });

  it("a provider's own two heads, or one against more than f auditors, convict it", async () => {
    const bench = await openBench();
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
    const before = await openBench({}, { store });
    for (const auditor of [a, b, c]) await before.give(auditor.head(17, digestOf(1, 17)));
    for (const auditor of [d, e]) await before.give(auditor.head(17, digestOf(2, 17)));
    await before.give(c.head(18, digestOf(1, 18)));
    await before.give(c.head(18, digestOf(2, 18)));
    const after = await openBench({}, { store });
    expect(standing(after)).toEqual(standing(before));
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
              ? FIVE[who]!.halfHead(epoch, digestOf(branch, epoch))
              : FIVE[who]!.head(epoch, digestOf(branch, epoch)),
          ),
      },
      { weight: 1, arbitrary: fc.constantFrom(1, 2).map((branch) => PROVIDER.providerHead(2, digestOf(branch, 2))) },
      {
        weight: 1,
        arbitrary: fc.nat(4).map((who) => FIVE[who]!.observation(3, "conflicting-listing", ["3/a/b", "3/a/c"])),
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
            const bench = await openBench();
            for (const statement of order) await bench.give(statement);
            // What a convicted auditor says is not stored any more, so compare with the definition over what is held.
            results.push(standing(bench));
            const expected = deriveCases(statements, assumptionsOf(FIVE, 1)).map(
              ({ id, class: caseClass }) => `${id} ${caseClass}`,
            );
            expect(standing(bench)).toEqual(expected.sort());
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
