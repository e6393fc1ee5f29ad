import { describe, expect, it } from "vitest";
import { RandomStreams } from "../../../src/simulator/engine/random-streams.ts";
import { comparePairedTimes, pairedDifference } from "../../../src/simulator/statistics/pairs.ts";

const stream = () => new RandomStreams(7).stream("bootstrap");

describe("a mean difference of pairs", () => {
  it("excludes 0 where every pair differs the same way", () => {
    const { pairs, mean, low, high } = pairedDifference([3, 4, 5, 4, 3, 5, 4, 4], stream());
    expect([pairs, mean]).toEqual([8, 4]);
    expect(low).toBeGreaterThan(3);
    expect(high).toBeLessThan(5);
  });

  it("includes 0 where pairs differ both ways", () => {
    const { low, high } = pairedDifference([-3, 4, -5, 4, -2, 1, 0, 2], stream());
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });

  it("is the same from the same stream", () => {
    expect(pairedDifference([1, 5, 9, 2], stream())).toEqual(pairedDifference([1, 5, 9, 2], stream()));
  });

  it("needs pairs", () => {
    expect(pairedDifference([], stream())).toEqual({ pairs: 0, mean: null, low: null, high: null });
    expect(pairedDifference([2], stream())).toEqual({ pairs: 1, mean: 2, low: null, high: null });
  });
});

describe("which of two runs saw it earlier", () => {
  const at = (timeMs: number) => ({ timeMs, happened: true });
  const until = (timeMs: number) => ({ timeMs, happened: false });

  it("counts events, and worlds that were watched beyond the other's event", () => {
    expect(
      comparePairedTimes([
        [at(1), at(2)],
        [at(1), until(5)],
        [at(5), until(5)],
        [until(9), at(3)],
        [at(4), at(4)],
        [at(7), until(5)],
        [until(5), until(5)],
      ]),
    ).toEqual({ firstEarlier: 3, secondEarlier: 1, ties: 1, unknown: 2, probability: expect.closeTo(0.625, 12) });
  });

  it("has the sign test's probability", () => {
    const pairs = Array.from({ length: 15 }, (_, i) => (i < 3 ? ([at(1), at(2)] as const) : ([at(2), at(1)] as const)));
    expect(comparePairedTimes(pairs).probability).toBeCloseTo(0.03515625, 12);
  });
});
