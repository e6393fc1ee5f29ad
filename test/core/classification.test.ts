/** The table of classes against its definition: can at most f liars explain these heads? */
import { describe, expect, it } from "vitest";
import { type EpochJudgement, exceedsBound, judgeEpoch } from "../../src/core/evidence.ts";

/** Each auditor's digest, or "two" for one that signed two, or undefined for one that signed nothing. */
type World = readonly (string | undefined)[];

/** All ways to put n auditors on sides A, B, C, to have signed two heads, or none. */
function* worlds(n: number): Generator<World> {
  if (n === 0) return yield [];
  for (const rest of worlds(n - 1)) for (const said of ["A", "B", "C", "two", undefined]) yield [...rest, said];
}

/**
 * Brute force: some set of at most f liars contains everybody who signed twice, and all others who signed agree: then
 * one honest history of the provider is possible.
 */
function canBeExplained(world: World, faultBound: number): boolean {
  for (let liars = 0; liars < 1 << world.length; liars++) {
    const isLiar = (index: number): boolean => (liars & (1 << index)) !== 0;
    if (world.filter((_, i) => isLiar(i)).length > faultBound) continue;
    if (world.some((said, i) => said === "two" && !isLiar(i))) continue;
    const honest = new Set(world.filter((said, i) => said !== undefined && said !== "two" && !isLiar(i)));
    if (honest.size <= 1) return true;
  }
  return false;
}

describe("classification of a fork", () => {
  it.each([1, 2, 3, 4, 5, 6])("agrees with the brute-force definition for every way to split %i auditors", (n) => {
    let splits = 0;
    for (const world of worlds(n)) {
      const convicted = world.filter((said) => said === "two").length;
      const sides = new Map<string, string>();
      for (const [i, said] of world.entries())
        if (said !== undefined && said !== "two") sides.set(`auditor-${i}`, said);
      for (let faultBound = 0; faultBound <= n; faultBound++) {
        if (convicted > faultBound) continue; // the reader's own assumption is broken: its own test below
        const judgement = judgeEpoch({ sides, providerDigests: [] }, { faultBound, convicted });
        const isSplitView = judgement?.class === "split-view";
        if (isSplitView === canBeExplained(world, faultBound)) {
          throw new Error(`${JSON.stringify(world)} with f=${faultBound}: split-view=${isSplitView}`);
        }
        if (isSplitView) splits++;
      }
    }
    expect(splits > 0).toBe(n > 1);
  });

  it("agrees for every partition of seven auditors into sides", () => {
    for (const counts of partitions(7)) {
      const world = counts.flatMap((size, side) => Array<string>(size).fill(String(side)));
      const sides = new Map(world.map((digest, i) => [`auditor-${i}`, digest]));
      for (let faultBound = 0; faultBound <= 7; faultBound++) {
        const judgement = judgeEpoch({ sides, providerDigests: [] }, { faultBound, convicted: 0 });
        const isSplitView = judgement?.class === "split-view";
        expect([counts, faultBound, isSplitView]).toEqual([counts, faultBound, !canBeExplained(world, faultBound)]);
      }
    }
  });

  it("concludes nothing about the provider when more auditors are convicted than the bound allows", () => {
    const bound = { faultBound: 1, convicted: 2 };
    const sides = new Map([..."aaabbb"].map((digest, i) => [`auditor-${i}`, digest]));
    expect(judgeEpoch({ sides, providerDigests: [] }, bound)).toMatchObject({ class: "disagreement", minority: 3 });
    expect(exceedsBound(5, bound)).toBe(false);
  });

  it("convicts a provider that signed two heads whatever the auditors say", () => {
    const judgement = judgeEpoch({ sides: new Map(), providerDigests: ["A", "B"] }, { faultBound: 0, convicted: 9 });
    expect(judgement?.class).toBe("provider-equivocation");
  });

  it("needs more than f auditors against the provider's own head", () => {
    const contradiction = (auditors: number, convicted: number): EpochJudgement["class"] | undefined => {
      const sides = new Map(Array.from({ length: auditors }, (_, i) => [`auditor-${i}`, "B"]));
      return judgeEpoch({ sides, providerDigests: ["A"] }, { faultBound: 1, convicted })?.class;
    };
    expect(contradiction(1, 0)).toBe("disagreement");
    expect(contradiction(2, 0)).toBe("provider-contradiction");
    expect(contradiction(1, 1)).toBe("provider-contradiction");
  });

  it("needs observations of more than f auditors, fewer when some are convicted", () => {
    expect([1, 2, 3].map((n) => exceedsBound(n, { faultBound: 1, convicted: 0 }))).toEqual([false, true, true]);
    expect(exceedsBound(1, { faultBound: 1, convicted: 1 })).toBe(true);
  });

  it("names as dissenters whoever differs from most, or from the provider's only head", () => {
    const dissenters = (said: string, provider: string[] = []): readonly string[] | undefined =>
      judgeEpoch(
        { sides: new Map([...said].map((digest, i) => [String(i), digest])), providerDigests: provider },
        { faultBound: 9, convicted: 0 },
      )?.dissenters;
    expect(dissenters("AAAB")).toEqual(["3"]);
    expect(dissenters("AABC")).toEqual(["2", "3"]);
    expect(dissenters("AAAB", ["B"])).toEqual(["0", "1", "2"]);
    expect(dissenters("BBAA")).toEqual(["0", "1"]);
    expect(dissenters("AAAA")).toBeUndefined();
  });
});

/** All partitions of n into descending parts. */
function* partitions(n: number, largest = n): Generator<number[]> {
  if (n === 0) return yield [];
  for (let first = Math.min(n, largest); first > 0; first--) {
    for (const rest of partitions(n - first, first)) yield [first, ...rest];
  }
}
