/** Statements, a reader, and the cases that they make for it. */
import { toHex } from "../../../src/core/bytes.ts";
import { deriveCases } from "../../../src/core/derive-cases.ts";
import type { Assumptions } from "../../../src/core/evidence.ts";
import { Roster, type RosterAuditor } from "../../../src/core/roster.ts";
import type { Statement } from "../../../src/core/statement.ts";
import { encodeStatement } from "../../../src/core/statement-codec.ts";
import { assumptionsOf, digestOf, makeAuditors, NAMESPACE, PROVIDER, rosterOf, type TestAuditor } from "../auditors.ts";
import { type Json, toJson } from "./format.ts";

const AUDITORS = makeAuditors(5) as [TestAuditor, TestAuditor, TestAuditor, TestAuditor, TestAuditor];
const [A, B, C, D, E] = AUDITORS;
const EPOCH = 17;
const BLOB = `${EPOCH}/${toHex(digestOf(1, EPOCH - 1))}/${toHex(digestOf(1, EPOCH))}`;

interface Reader {
  readonly faultBound?: number;
  /** By auditor, what its entry in the roster says beside its key. */
  readonly roster?: Readonly<Record<string, Pick<RosterAuditor, "joined" | "retired">>>;
  readonly settlements?: Assumptions["settlements"];
}

/** All five auditors and f = 1, unless `reader` says otherwise. */
export function caseVectors(): Json[] {
  const sides = (epoch: number, one: readonly TestAuditor[], other: readonly TestAuditor[]): Statement[] => [
    ...one.map((auditor) => auditor.head(epoch, digestOf(1, epoch))),
    ...other.map((auditor) => auditor.head(epoch, digestOf(2, epoch))),
  ];
  const wrong = (...auditors: readonly TestAuditor[]): Statement[] =>
    auditors.map((auditor) => auditor.observation(EPOCH, "invalid-proof", [BLOB], [digestOf(9, EPOCH)]));
  const signed = (...auditors: readonly TestAuditor[]): Statement[] =>
    auditors.flatMap((auditor) => [EPOCH - 1, EPOCH].map((epoch) => auditor.head(epoch, digestOf(1, epoch))));
  const twice = (auditor: TestAuditor): Statement[] => [1, 2].map((branch) => auditor.head(5, digestOf(branch, 5)));
  const settled = (trust: string): Reader => ({
    settlements: [
      {
        namespace: NAMESPACE,
        first: EPOCH,
        last: EPOCH + 1,
        sides: {
          [toHex(digestOf(1, EPOCH))]: [A, B, C].map(({ name }) => name),
          [toHex(digestOf(2, EPOCH))]: [D, E].map(({ name }) => name),
        },
        trust,
        note: "a stale replica",
      },
    ],
  });
  const main = toHex(digestOf(1, EPOCH));
  const fork = [...sides(EPOCH, [A, B, C], [D, E]), ...sides(EPOCH + 1, [A, B, C], [D, E])];
  const vectors: [string, readonly Statement[], Reader][] = [
    ["one against three", sides(EPOCH, [A, B, C], [D]), {}],
    ["two against three", sides(EPOCH, [A, B, C], [D, E]), {}],
    ["two against three, f = 2", sides(EPOCH, [A, B, C], [D, E]), { faultBound: 2 }],
    [
      "a lead far below a fork, and one beside it",
      [...sides(2, [A, B], [E]), ...sides(1500, [A, B], [E]), ...sides(2000, [A, B, C], [D, E])],
      {},
    ],
    ["one against two, and one convicted", [...sides(EPOCH, [A, B], [D]), ...twice(E)], {}],
    [
      "the provider's head against two",
      [...sides(EPOCH, [A, B], []), PROVIDER.providerHead(EPOCH, digestOf(2, EPOCH))],
      {},
    ],
    ["two wrong proofs", wrong(A, B), {}],
    ["two wrong proofs, one taken back by a head", [...wrong(A, B), A.head(EPOCH, digestOf(1, EPOCH))], {}],
    ["two wrong proofs against one who signed both ends", [...wrong(A, B), ...signed(C)], {}],
    ["two wrong proofs against two who signed both ends", [...wrong(A, B), ...signed(C, D)], {}],
    [
      "two wrong proofs against two who signed one end",
      [...wrong(A, B), ...[C, D].map((one) => one.head(EPOCH, digestOf(1, EPOCH)))],
      {},
    ],
    ["one wrong proof, f = 0, against one who signed both ends", [...wrong(A), ...signed(B)], { faultBound: 0 }],
    [
      "blob names that agree only when joined by spaces",
      [
        A.observation(3, "conflicting-listing", ["3/a/b", "3/a/c 3/a/d"]),
        B.observation(3, "conflicting-listing", ["3/a/b 3/a/c", "3/a/d"]),
      ],
      {},
    ],
    [
      "two against three, one of the two retired before",
      sides(EPOCH, [A, B, C], [D, E]),
      { roster: { [E.name]: { retired: { [NAMESPACE]: EPOCH - 1 } } } },
    ],
    [
      "two against three, one of the two retired at this epoch",
      sides(EPOCH, [A, B, C], [D, E]),
      { roster: { [E.name]: { retired: { [NAMESPACE]: EPOCH } } } },
    ],
    [
      "one convicted and retired before, f = 0",
      [...twice(E), ...sides(EPOCH, [A, B, C], [])],
      { faultBound: 0, roster: { [E.name]: { retired: { [NAMESPACE]: 5 } } } },
    ],
    [
      "a listing of one digest twice",
      [A, B].map((one) => one.observation(3, "conflicting-listing", ["3/a/b", "3/c/b"])),
      {},
    ],
    [
      "a listing of two digests",
      [A, B].map((one) => one.observation(3, "conflicting-listing", ["3/a/b", "3/a/c"])),
      {},
    ],
    ["a fork that is settled", fork, settled(main)],
    ["a fork that is settled, nobody trusted", fork, settled("none")],
    [
      "a settled fork, and a third digest at its first epoch",
      [...fork.slice(1), A.head(EPOCH, digestOf(3, EPOCH))],
      settled(main),
    ],
    [
      "a settled fork, and an epoch above it that convicts",
      [...fork, ...sides(EPOCH + 2, [A, B, C], [D, E])],
      settled(main),
    ],
    [
      "a settled fork, and an epoch above it that does not",
      [...fork, ...sides(EPOCH + 2, [A, B, C], [D])],
      settled(main),
    ],
  ];
  return vectors.map(([name, statements, reader]) => {
    const cases = deriveCases(statements, assumptionsFor(reader));
    return {
      name,
      reader: toJson(reader),
      statements: statements.map((statement) => toHex(encodeStatement(statement))),
      cases: cases.map(({ id, subject, class: caseClass }) => ({ id, subject: toJson(subject), class: caseClass })),
    };
  });
}

function assumptionsFor({ faultBound = 1, roster = {}, settlements = [] }: Reader): Assumptions {
  const entries = rosterOf(AUDITORS).auditors.map((auditor) => ({ ...auditor, ...roster[auditor.name] }));
  return { ...assumptionsOf(AUDITORS, faultBound), roster: new Roster(entries), settlements };
}
