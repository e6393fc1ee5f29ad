import { describe, expect, it } from "vitest";
import { comparePairedTimes } from "../../../src/lab/statistics/pairs.ts";

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
