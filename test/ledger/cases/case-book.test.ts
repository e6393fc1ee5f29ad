/** The book, one statement at a time, against the definition of all cases at once. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/core/bytes.ts";
import { deriveCases } from "../../../src/core/derive-cases.ts";
import { Roster } from "../../../src/core/roster.ts";
import type { Settlement } from "../../../src/core/settlement.ts";
import type { Statement } from "../../../src/core/statement.ts";
import { assumptionsOf, digestOf, NAMESPACE, PROVIDER, rosterOf } from "../../support/auditors.ts";
import { FIVE, openBench, openCases } from "../bench.ts";

const EPOCHS = [1, 2, 3, 500, 1_500, 1_501, 4_000];

const blobAt = (epoch: number, branch: number): string =>
  `${epoch}/${toHex(digestOf(1, epoch - 1))}/${toHex(digestOf(branch, epoch))}`;

const statement: fc.Arbitrary<Statement> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(fc.nat(4), fc.constantFrom(...EPOCHS), fc.constantFrom(1, 1, 1, 2, 3), fc.boolean())
      .map(([who, epoch, branch, half]) =>
        half ? FIVE[who]!.halfHead(epoch, digestOf(branch, epoch)) : FIVE[who]!.head(epoch, digestOf(branch, epoch)),
      ),
  },
  { weight: 1, arbitrary: fc.constantFrom(1, 2).map((branch) => PROVIDER.providerHead(2, digestOf(branch, 2))) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.nat(4), fc.constantFrom(2, 3, 1_501), fc.constantFrom(1, 2), fc.boolean())
      .map(([who, epoch, branch, listing]) =>
        FIVE[who]!.observation(
          epoch,
          listing ? "conflicting-listing" : "invalid-proof",
          [blobAt(epoch, branch)],
          [digestOf(branch, 9)],
        ),
      ),
  },
);

const settlement: Settlement = {
  namespace: NAMESPACE,
  first: 2,
  last: 3,
  sides: {
    [toHex(digestOf(1, 2))]: FIVE.slice(0, 3).map(({ name }) => name),
    [toHex(digestOf(2, 2))]: [FIVE[3].name],
  },
  trust: toHex(digestOf(1, 2)),
  note: "",
};

const changedRoster = new Roster(
  rosterOf(FIVE).auditors.map((auditor) =>
    auditor.name === FIVE[0].name
      ? { ...auditor, joined: { [NAMESPACE]: 3 } }
      : auditor.name === FIVE[1].name
        ? { ...auditor, retired: { [NAMESPACE]: 1_500 } }
        : auditor,
  ),
);

const READERS = [
  ["f = 1", { faultBound: 1 }],
  ["f = 0", { faultBound: 0 }],
  ["f by the roster, which changes", { faultBound: undefined, roster: changedRoster }],
  ["f = 1, with a settlement", { faultBound: 1, settlements: [settlement] }],
  ["f = 0, with a settlement that trusts nobody", { faultBound: 0, settlements: [{ ...settlement, trust: "none" }] }],
] as const;

describe("the cases of a book", () => {
  it.each(READERS)("are those of the definition after every statement, in every order: %s", async (_what, reader) => {
    const assumptions = { ...assumptionsOf(FIVE), ...reader };
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { minLength: 2, maxLength: 14 }), async (statements) => {
        const bench = await openBench(reader);
        const held: Statement[] = [];
        for (const one of statements) {
          const outcome = await bench.give(one);
          // What a convicted auditor observes is not stored any more, and of two observations the first stays.
          if (one.type !== "observation" || outcome === "accepted") held.push(one);
          const expected = deriveCases(held, assumptions).map(
            (found) => `${found.class} ${JSON.stringify(found.subject)}`,
          );
          const found = openCases(bench).map(
            ({ class: caseClass, subject }) => `${caseClass} ${JSON.stringify(subject)}`,
          );
          expect(found.sort()).toEqual(expected.sort());
        }
        const after = await bench.reopen();
        expect(
          openCases(after)
            .map(({ id }) => id)
            .sort(),
        ).toEqual(
          openCases(bench)
            .map(({ id }) => id)
            .sort(),
        );
        await bench.store.close();
      }),
      { numRuns: 150, ignoreEqualValues: true },
    );
  });

  it("judge again, after a restart with another roster, what was judged by the old one", async () => {
    const bench = await openBench();
    const [a, b, c, d, e] = FIVE;
    for (const auditor of [a, b, c]) await bench.give(auditor.head(9, digestOf(1, 9)));
    for (const auditor of [d, e]) await bench.give(auditor.head(9, digestOf(2, 9)));
    expect(openCases(bench)).toMatchObject([{ class: "split-view" }]);
    const entries = rosterOf(FIVE).auditors.map((auditor) =>
      auditor.name === e.name ? { ...auditor, retired: { [NAMESPACE]: 0 } } : auditor,
    );
    const after = await bench.reopen({ roster: new Roster(entries) });
    expect(openCases(after)).toMatchObject([{ class: "disagreement", subject: { auditor: d.name } }]);
  });

  it("cost a known liar nothing but its statement: a forgiven equivocation more is one write", async () => {
    const [a] = FIVE;
    const entries = rosterOf(FIVE).auditors.map((auditor) =>
      auditor.name === a.name ? { ...auditor, trustedUntil: { [NAMESPACE]: 10_000 } } : auditor,
    );
    const bench = await openBench({ roster: new Roster(entries) });
    for (const branch of [1, 2]) await bench.give(a.head(9, digestOf(branch, 9)));
    const written: number[] = [];
    const batch = bench.store.batch.bind(bench.store);
    bench.store.batch = (operations, options) => {
      written.push(operations.length);
      return batch(operations, options);
    };
    for (const branch of [1, 2]) expect(await bench.give(a.head(10, digestOf(branch, 10)))).toMatch(/^accepted/);
    // The slot; then the slot and the row of the epoch at which heads differ.
    expect(written).toEqual([1, 2]);
  });
});
