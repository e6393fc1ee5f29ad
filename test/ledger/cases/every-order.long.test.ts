/** Every rule of cases is a function of the set of statements: all subsets, in all orders, also with f = 0. */
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/core/bytes.ts";
import { deriveCases } from "../../../src/core/derive-cases.ts";
import type { Assumptions } from "../../../src/core/evidence.ts";
import { Roster, type RosterAuditor } from "../../../src/core/roster.ts";
import type { Settlement } from "../../../src/core/settlement.ts";
import type { Statement } from "../../../src/core/statement.ts";
import { digestOf, makeAuditors, NAMESPACE, ORIGIN, PROVIDER, type TestAuditor } from "../../support/auditors.ts";
import { openBench } from "../bench.ts";

const [a, b, c] = makeAuditors(3) as [TestAuditor, TestAuditor, TestAuditor];
const hex = (branch: number, epoch: number): string => toHex(digestOf(branch, epoch));
const head = (auditor: TestAuditor, branch: number, epoch: number): Statement =>
  auditor.head(epoch, digestOf(branch, epoch));
const blob = (branch: number): string => `5/${hex(1, 4)}/${hex(branch, 5)}`;
const wrongProof = (auditor: TestAuditor): Statement =>
  auditor.observation(5, "invalid-proof", [blob(1)], [new Uint8Array(32).fill(9)]);
const twoListed = (auditor: TestAuditor): Statement =>
  auditor.observation(5, "conflicting-listing", [blob(1), blob(2)].sort(), []);

interface Scene {
  readonly statements: readonly Statement[];
  readonly term?: Pick<RosterAuditor, "joined" | "retired" | "trustedUntil">;
  readonly settlements?: readonly Settlement[];
}

const SETTLED: Settlement = {
  namespace: NAMESPACE,
  first: 4,
  last: 4,
  sides: { [hex(1, 4)]: [a.name], [hex(2, 4)]: [b.name] },
  trust: hex(1, 4),
  note: "asked",
};

/** `term` is that of c. */
const SCENES: Readonly<Record<string, Scene>> = {
  "a wrong proof that heads take back or outweigh": {
    statements: [wrongProof(c), head(a, 1, 4), head(a, 1, 5), head(b, 1, 4), head(b, 1, 5)],
  },
  "a wrong proof whose own observer signs it": {
    statements: [wrongProof(c), wrongProof(b), head(c, 1, 5), head(b, 2, 5), head(a, 1, 5)],
  },
  "two listings, of which one is signed": {
    statements: [twoListed(a), twoListed(b), head(a, 1, 5), head(b, 2, 5), head(c, 1, 5)],
  },
  "an auditor that retired before it lied": {
    statements: [head(a, 1, 4), head(c, 2, 4), head(a, 1, 5), head(c, 2, 5), head(c, 1, 5)],
    term: { retired: { [NAMESPACE]: 4 } },
  },
  "an auditor that never counted": {
    statements: [head(a, 1, 4), head(c, 2, 4), head(b, 2, 4), wrongProof(c), head(c, 1, 4)],
    term: { retired: { [NAMESPACE]: 0 } },
  },
  "an auditor that joined meanwhile": {
    statements: [head(a, 1, 4), head(c, 2, 4), head(a, 1, 5), head(c, 2, 5), wrongProof(c)],
    term: { joined: { [NAMESPACE]: 5 } },
  },
  "a liar that is trusted up to an epoch": {
    statements: [head(a, 1, 4), head(c, 2, 4), head(c, 1, 5), head(c, 2, 5), head(b, 2, 5)],
    term: { trustedUntil: { [NAMESPACE]: 4 } },
  },
  "a fork that is settled, and more of it": {
    statements: [head(a, 1, 4), head(b, 2, 4), head(c, 3, 4), head(a, 1, 5), head(b, 2, 5)],
    settlements: [SETTLED],
  },
  "the provider's own heads": {
    statements: [
      PROVIDER.providerHead(5, digestOf(1, 5)),
      PROVIDER.providerHead(5, digestOf(2, 5)),
      head(a, 1, 5),
      head(b, 2, 5),
      head(b, 1, 5),
    ],
  },
};

/** Every way to take some of them, one after the other. */
function* sequences<T>(of: readonly T[]): Generator<readonly T[]> {
  yield [];
  for (const [index, first] of of.entries()) {
    const rest = of.filter((_, at) => at !== index);
    for (const more of sequences(rest)) yield [first, ...more];
  }
}

function assumptionsOf({ term, settlements = [] }: Scene, faultBound: number): Assumptions {
  const roster = new Roster(
    [a, b, c].map((auditor) => ({
      name: auditor.name,
      keys: [{ publicKey: auditor.key.publicKey }],
      addresses: [],
      ...(auditor === c ? term : {}),
    })),
  );
  const providerKeys = new Map([[NAMESPACE, [PROVIDER.key.publicKey]]]);
  return { roster, faultBound, origins: new Map([[NAMESPACE, ORIGIN]]), providerKeys, settlements };
}

describe.each([0, 1])("with f = %i, the cases that a ledger holds are those of what it was given", (faultBound) => {
  it.each(Object.entries(SCENES))("%s", async (_name, scene) => {
    const assumptions = assumptionsOf(scene, faultBound);
    const seen = new Set<string>();
    for (const sequence of sequences(scene.statements)) {
      const bench = await openBench({ ...assumptions, roster: assumptions.roster });
      for (const statement of sequence) await bench.give(statement);
      const open = bench.ledger.cases().filter(({ state }) => state === "open");
      const standing = open.map(({ id, class: caseClass }) => `${caseClass} ${id}`).sort();
      const expected = deriveCases(sequence, assumptions).map(({ id, class: caseClass }) => `${caseClass} ${id}`);
      const order = sequence.map((one) => scene.statements.indexOf(one));
      expect([order, standing]).toEqual([order, expected.sort()]);
      for (const one of standing) seen.add(one);
      await bench.store.close();
    }
    // A scene in which nothing happens tests nothing; with f = 1 one observer is no case.
    if (faultBound === 0) expect(seen.size).toBeGreaterThan(0);
  });
});

describe("with f = 0", () => {
  it("a right head takes back what one mistaken auditor saw, whenever it comes", async () => {
    const scene = SCENES["a wrong proof that heads take back or outweigh"] as Scene;
    const classes = (statements: readonly Statement[]): string[] =>
      deriveCases(statements, assumptionsOf(scene, 0)).map(({ class: caseClass }) => caseClass);
    const [seen, ...heads] = scene.statements as [Statement, ...Statement[]];
    expect(classes([seen])).toEqual(["invalid-epoch"]);
    expect(classes([seen, ...heads])).toEqual(["disagreement"]);
    expect(classes([seen, ...heads.slice(0, 2)])).toEqual(["disagreement"]);
    expect(classes([seen, ...heads.slice(1, 3)])).toEqual(["invalid-epoch"]);
    expect(classes([seen, head(c, 1, 5)])).toEqual([]);
  });
});
