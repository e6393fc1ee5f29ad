import { describe, expect, it } from "vitest";
import { verifyCaseFile } from "../../../src/core/case-file.ts";
import { Roster } from "../../../src/core/roster.ts";
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
  it("prove a split view, and name its epoch, although a liar disagreed at a hundred epochs before", async () => {
    const bench = await openBench();
    for (let epoch = 100; epoch > 0; epoch--) {
      await agree(bench, epoch, a, b, c, d);
      await dissent(bench, epoch, e);
    }
    await agree(bench, 101, a, b, c);
    await dissent(bench, 101, d, e);
    const record = openCases(bench).find(({ subject }) => subject.kind === "fork");
    expect(record).toMatchObject({ class: "split-view", subject: { epoch: 101 }, best: { epoch: 101 } });
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

describe("a liar that disagrees at every epoch", () => {
  it("is one lead and one alert, and fills neither memory nor disk", async () => {
    const bench = await openBench();
    for (let epoch = 300; epoch > 0; epoch--) {
      await agree(bench, epoch, a, b);
      await dissent(bench, epoch, e);
    }
    expect(caseEvents(bench)).toEqual(["case-opened"]);
    const lead = { state: "open", subject: { kind: "dissent", auditor: e.name }, first: 1, last: 300, count: 300 };
    expect(bench.ledger.cases()).toMatchObject([lead]);
    expect(bench.ledger.cases()[0]!.exhibits).toHaveLength(3);
    const after = await bench.reopen();
    expect(after.ledger.cases()).toEqual(bench.ledger.cases());
    expect(caseEvents(after)).toEqual([]);
  });

  it("hides no split view: acknowledging it covers no other case, and it joins no two forks", async () => {
    const bench = await openBench();
    await agree(bench, 300, a, b, c);
    await dissent(bench, 300, d, e);
    await bench.ledger.acknowledge(openCases(bench)[0]!.id, "told the provider");
    for (let epoch = 1_000; epoch < 9_000; epoch += 1_000) {
      await agree(bench, epoch, a, b, c);
      await dissent(bench, epoch, e);
    }
    for (const { id } of openCases(bench)) await bench.ledger.acknowledge(id, "seen");
    const before = caseEvents(bench).length;
    await agree(bench, 9_200, a, b, c);
    await dissent(bench, 9_200, d, e);
    const forks = openCases(bench).filter(({ subject }) => subject.kind === "fork");
    expect(forks.map(({ subject }) => "epoch" in subject && subject.epoch).sort()).toEqual([300, 9_200]);
    expect(forks.find(({ subject }) => "epoch" in subject && subject.epoch === 9_200)).not.toHaveProperty(
      "acknowledged",
    );
    // The lead of the first of the two, then the second split view.
    expect(caseEvents(bench).slice(before)).toEqual(["case-opened", "case-opened"]);
  });
});

describe("a fork that turns out to begin earlier", () => {
  it("keeps one case, and the id that was announced still leads to it", async () => {
    const bench = await openBench();
    const announced: string[] = [];
    for (let epoch = 300; epoch > 0; epoch--) {
      await agree(bench, epoch, a, b, c);
      await dissent(bench, epoch, d, e);
      if (announced.length === 0) announced.push(openCases(bench)[0]!.id);
    }
    // The lead of the first of the two, then the fork.
    expect(caseEvents(bench)).toEqual(["case-opened", "case-opened"]);
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
    await agree(bench, 17, a, b, c);
    await dissent(bench, 17, d, e);
    await agree(bench, 18, a, b);
    await dissent(bench, 18, c, d, e);
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
    const entries = roster.auditors.map((entry) =>
      entry.name === e.name ? { ...entry, trustedUntil: { [NAMESPACE]: trustedUntil } } : entry,
    );
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

  it("that retired before it was convicted does not lower the bound by which the others are judged", async () => {
    const bench = await openBench();
    await bench.give(e.head(200, digestOf(1, 200)));
    await bench.give(e.head(200, digestOf(2, 200)));
    const retired = { [NAMESPACE]: 0 };
    const entries = rosterOf(FIVE).auditors.map((one) => (one.name === e.name ? { ...one, retired } : one));
    const after = await bench.reopen({ roster: new Roster(entries) });
    await agree(after, 50, a, b, c);
    await dissent(after, 50, d);
    expect(openCases(after).find(({ subject }) => subject.kind === "dissent")).toMatchObject({
      class: "disagreement",
      subject: { namespace: NAMESPACE, auditor: d.name },
      first: 50,
    });
  });

  it("cannot be deleted from the roster while its heads are held: the way out is in the message", async () => {
    const bench = await openBench();
    await bench.give(e.head(200, digestOf(1, 200)));
    await agree(bench, 200, a);
    await expect(bench.reopen({ roster: rosterOf([a, b, c, d]) })).rejects.toMatchObject({
      code: "LEDGER_AUDITOR_MISSING",
      message: expect.stringMatching(/no e\.example, .* `retired: \{ test\.key-transparency\.v1: EPOCH \}`/),
    });
    await expect(bench.reopen()).resolves.toBeDefined();
  });
});
