import { describe, expect, it } from "vitest";
import { toHex } from "../../src/core/bytes.ts";
import { Roster } from "../../src/core/roster.ts";
import { digestOf, NAMESPACE, PROVIDER, T0, TestAuditor } from "../support/auditors.ts";
import { type Bench, FIVE, openBench, openCases } from "./bench.ts";

const [a, b, c, d, e] = FIVE;

const LISTED = [1, 2].map((branch) => `5/${toHex(digestOf(0, 4))}/${toHex(digestOf(branch, 5))}`).sort();

function rosterOf(auditors: readonly (typeof FIVE)[number][], retired: readonly string[] = []): Roster {
  return new Roster(
    auditors.map(({ name, key: { publicKey } }) => ({
      name,
      keys: [{ publicKey }],
      addresses: [],
      ...(retired.includes(name) ? { retired: { [NAMESPACE]: 16 } } : {}),
    })),
  );
}

/** `bench.ledger` by another roster. */
function reassume(bench: Bench, roster: Roster, faultBound?: number): Promise<void> {
  const { providerKeys } = bench.ledger.assumptions;
  return bench.ledger.reassume({ roster, faultBound, providerKeys });
}

describe("a ledger whose roster is replaced", () => {
  it("takes the heads of a newcomer, and tells how far it has come", async () => {
    const bench = await openBench();
    await reassume(bench, rosterOf([...FIVE.slice(0, 4), e]));
    const newcomer = PROVIDER;
    expect(await bench.give(newcomer.head(17, digestOf(1, 17)))).toBe("unknown-key");
    await reassume(bench, rosterOf([...FIVE, newcomer]));
    expect(await bench.give(newcomer.head(17, digestOf(1, 17)))).toBe("accepted");
    expect(bench.ledger.height(NAMESPACE, newcomer.name)).toBe(17);
  });

  it("judges what it holds anew, and back again, as a start with that roster would", async () => {
    const bench = await openBench();
    for (const auditor of [a, b, c]) await bench.give(auditor.head(17, digestOf(1, 17)));
    for (const auditor of [d, e]) await bench.give(auditor.head(17, digestOf(2, 17)));
    expect(openCases(bench)).toMatchObject([{ class: "split-view" }]);
    await reassume(bench, rosterOf(FIVE, [d.name, e.name]));
    expect(openCases(bench)).toEqual([]);
    await reassume(bench, rosterOf(FIVE));
    expect(openCases(bench)).toMatchObject([{ class: "split-view" }]);
    await reassume(bench, rosterOf(FIVE), 2);
    expect(openCases(bench).map((record) => record.class)).not.toContain("split-view");
  });

  it("keeps the roster that it had when an auditor is missing whose heads it holds", async () => {
    const bench = await openBench();
    await bench.give(e.head(17, digestOf(1, 17)));
    const before = bench.ledger.assumptions;
    await expect(reassume(bench, rosterOf([a, b, c, d]))).rejects.toMatchObject({ code: "LEDGER_AUDITOR_MISSING" });
    expect(bench.ledger.assumptions).toBe(before);
  });

  it("stores no head of an auditor that was taken out while its signature was checked", async () => {
    const bench = await openBench();
    const given = bench.give(e.head(17, digestOf(1, 17)));
    const replaced = reassume(bench, rosterOf([a, b, c, d]));
    const [outcome] = await Promise.all([given, replaced.catch(() => undefined)]);
    const isHeld = (await bench.ledger.statements.auditorsHeld(NAMESPACE)).includes(e.name);
    const isListed = bench.ledger.assumptions.roster.byName(e.name) !== undefined;
    expect([outcome === "accepted", isHeld]).toEqual([isListed, isListed]);
  });

  it("stores nothing else of it either, and convicts nobody who is a stranger by then", async () => {
    const bench = await openBench();
    await bench.give(e.rotation(new TestAuditor(e.name, 41), 8));
    const contradiction = e.rotation(new TestAuditor(e.name, 42), 8);
    const seen = e.observation(5, "conflicting-listing", LISTED, []);
    const given = [contradiction, e.record(T0, PROVIDER), seen].map((statement) => bench.give(statement));
    const replaced = reassume(bench, rosterOf([a, b, c, d]));
    const outcomes = await Promise.all(given);
    await replaced;
    expect(outcomes).toEqual(["unknown-key", "unknown-key", "unknown-key"]);
    expect([...bench.ledger.convicted]).toEqual([]);
  });
});
