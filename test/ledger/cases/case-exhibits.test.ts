import { describe, expect, it } from "vitest";
import { verifyCaseFile } from "../../../src/core/case-file.ts";
import { MAX_CASE_EXHIBITS } from "../../../src/ledger/cases/case-record.ts";
import { assumptionsOf, digestOf, NAMESPACE, PROVIDER, rosterOf, TestAuditor } from "../../support/auditors.ts";
import { type Bench, caseEvents, caseFile, FIVE, openBench, openCases, verifier } from "../bench.ts";

const [a, b, c, d, e] = FIVE;
const READER = { assumptions: assumptionsOf(FIVE), verifier };

async function agree(bench: Bench, epoch: number, ...signers: TestAuditor[]): Promise<void> {
  for (const signer of signers) await bench.give(signer.head(epoch, digestOf(1, epoch)));
}

async function dissent(bench: Bench, epoch: number, ...signers: TestAuditor[]): Promise<void> {
  for (const signer of signers) await bench.give(signer.head(epoch, digestOf(2, epoch)));
}

describe("the exhibits of a fork", () => {
  it("prove a split view even after a liar moved the fork's beginning a hundred times", async () => {
    const bench = await openBench();
    for (let epoch = 100; epoch > 0; epoch--) {
      await agree(bench, epoch, a, b, c, d);
      await dissent(bench, epoch, e);
    }
    await agree(bench, 101, a, b, c);
    await dissent(bench, 101, d, e);
    const [record] = openCases(bench);
    expect(record).toMatchObject({ class: "split-view", subject: { epoch: 1 }, best: { epoch: 101 } });
    expect(record?.exhibits.length).toBeLessThanOrEqual(MAX_CASE_EXHIBITS);
    expect(await verifyCaseFile(caseFile(bench, record!), READER)).toMatchObject({ class: "split-view" });
  });

  it("prove that the provider contradicts its auditors although they disagree elsewhere", async () => {
    const bench = await openBench();
    await agree(bench, 10, a, b, c, d);
    await dissent(bench, 10, e);
    await agree(bench, 500, a, b, c);
    await bench.give(PROVIDER.providerHead(500, digestOf(9, 500)));
    await agree(bench, 900, a, b);
    const [record] = openCases(bench);
    expect(record).toMatchObject({ class: "provider-contradiction", best: { epoch: 500 } });
    expect(await verifyCaseFile(caseFile(bench, record!), READER)).toMatchObject({ class: "provider-contradiction" });
  });

  it("show both sides of a roster larger than a case may hold", async () => {
    const many = Array.from(
      { length: 120 },
      (_, i) => new TestAuditor(`n${String(i).padStart(3, "0")}.example`, i + 1),
    );
    // Two keys of one auditor may not end alike, those of two may.
    const bench = await openBench({ roster: rosterOf(many), faultBound: 5 });
    for (const [index, auditor] of many.entries()) {
      await bench.give(auditor.head(7, digestOf(index < 110 ? 1 : 2, 7)));
    }
    const [record] = openCases(bench);
    expect(record?.class).toBe("split-view");
    const assumptions = { ...assumptionsOf(many), faultBound: 5 };
    expect(await verifyCaseFile(caseFile(bench, record!), { assumptions, verifier })).toMatchObject({
      class: "split-view",
    });
  });
});

describe("a liar that moves the beginning of a fork", () => {
  it("fills neither memory nor disk, and the id that was announced still leads to the case", async () => {
    const bench = await openBench();
    const announced: string[] = [];
    for (let epoch = 300; epoch > 0; epoch--) {
      await agree(bench, epoch, a, b);
      await dissent(bench, epoch, e);
      if (announced.length === 0) announced.push(openCases(bench)[0]!.id);
    }
    expect(caseEvents(bench)).toEqual(["case-opened"]);
    expect(bench.ledger.caseOf(announced[0]!)).toMatchObject({ state: "open", subject: { epoch: 1 } });
    expect(bench.ledger.cases().length).toBeLessThan(100);
    expect(JSON.stringify(bench.ledger.cases().filter(({ state }) => state === "merged")).length).toBeLessThan(64_000);
    const after = await bench.reopen();
    expect(after.ledger.cases().length).toBe(bench.ledger.cases().length);
    expect(after.ledger.caseOf(announced[0]!)).toMatchObject({ state: "open", subject: { epoch: 1 } });
  });
});

describe("an acknowledged case", () => {
  it("stays acknowledged over a restart and over somebody else's conviction, though its first epoch is its weakest", async () => {
    const bench = await openBench();
    await agree(bench, 17, a, b, c, d);
    await dissent(bench, 17, e);
    await agree(bench, 18, a, b, c);
    await dissent(bench, 18, d, e);
    const [record] = openCases(bench);
    await bench.ledger.acknowledge(record!.id, "told the provider");
    const after = await bench.reopen();
    expect(openCases(after)).toMatchObject([{ class: "split-view", acknowledged: { note: "told the provider" } }]);
    await after.give(c.head(30, digestOf(1, 30)));
    await after.give(c.head(30, digestOf(2, 30)));
    expect(caseEvents(after)).toEqual(["case-opened"]);
    expect(openCases(after).find(({ subject }) => subject.kind === "fork")).toHaveProperty("acknowledged");
  });
});

describe("a convicted auditor", () => {
  const trusting = (trustedUntil: number) => {
    const { roster } = assumptionsOf(FIVE);
    const entries = roster.auditors.map((entry) => (entry.name === e.name ? { ...entry, trustedUntil } : entry));
    return new (roster.constructor as typeof import("../../../src/core/roster.ts").Roster)(entries);
  };

  it("that is still trusted for old epochs takes no part in a fork there: it would count as liar and as witness", async () => {
    const roster = trusting(100);
    const bench = await openBench({ roster });
    await bench.give(e.head(200, digestOf(1, 200)));
    await bench.give(e.head(200, digestOf(2, 200)));
    await agree(bench, 50, a, b, c, d);
    expect(await bench.give(e.head(50, digestOf(2, 50)))).toBe("accepted");
    expect(openCases(bench).map(({ class: caseClass }) => caseClass)).toEqual(["auditor-equivocation"]);
    const { deriveCases } = await import("../../../src/core/derive-cases.ts");
    const statements = [
      e.head(200, digestOf(1, 200)),
      e.head(200, digestOf(2, 200)),
      ...[a, b, c, d].map((auditor) => auditor.head(50, digestOf(1, 50))),
      e.head(50, digestOf(2, 50)),
    ];
    const derived = deriveCases(statements, { ...assumptionsOf(FIVE), roster });
    expect(derived.map(({ class: caseClass }) => caseClass)).toEqual(["auditor-equivocation"]);
  });

  it("that was taken out of the roster does not lower the bound by which the others are judged", async () => {
    const bench = await openBench();
    await bench.give(e.head(200, digestOf(1, 200)));
    await bench.give(e.head(200, digestOf(2, 200)));
    const after = await bench.reopen({ roster: rosterOf([a, b, c, d]) });
    await agree(after, 50, a, b, c);
    await dissent(after, 50, d);
    expect(after.ledger.cases().find(({ subject }) => subject.kind === "fork")).toMatchObject({
      class: "disagreement",
      subject: { namespace: NAMESPACE, epoch: 50 },
    });
  });
});
