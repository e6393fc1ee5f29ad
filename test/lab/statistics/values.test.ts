import { expect, it } from "vitest";
import {
  kolmogorovSmirnovCritical,
  kolmogorovSmirnovDistance,
  meanEstimate,
  quantile,
  sum,
} from "../../../src/lab/statistics/values.ts";

it("gives a mean with Student's interval", () => {
  // scipy 1.17.1: stats.t.interval(0.95, 9, loc=mean, scale=sem) of 1 ... 10.
  const { count, mean, low, high } = meanEstimate([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect([count, mean]).toEqual([10, 5.5]);
  expect(low).toBeCloseTo(3.334149410331831, 5);
  expect(high).toBeCloseTo(7.665850589668169, 5);
});

it("gives no interval for one value and no mean for none", () => {
  expect(meanEstimate([4])).toEqual({ count: 1, mean: 4, low: null, high: null });
  expect(meanEstimate([])).toEqual({ count: 0, mean: null, low: null, high: null });
});

it("takes quantiles that occurred", () => {
  const values = [9, 1, 8, 2, 7, 3, 6, 4, 5, 10];
  expect([0, 0.1, 0.5, 0.51, 0.9, 0.99, 1].map((part) => quantile(values, part))).toEqual([1, 1, 5, 6, 9, 10, 10]);
  expect(quantile([], 0.5)).toBeNull();
});

it("finds how far two samples are apart, ties included", () => {
  // scipy 1.17.1: stats.ks_2samp(...).statistic.
  expect(kolmogorovSmirnovDistance([1, 2, 2, 3, 5], [2, 3, 4, 4, 6, 7])).toBeCloseTo(0.4666666666666667, 12);
  expect(kolmogorovSmirnovDistance([1, 2, 3], [4, 5])).toBe(1);
  expect(kolmogorovSmirnovDistance([1, 1, 2], [2, 1, 1])).toBe(0);
});

it("has Smirnov's critical distance", () => {
  // Tables print 1.358 * sqrt((n + m) / (n m)) for 0.05 and 1.628 for 0.01.
  expect(kolmogorovSmirnovCritical(1, 1)).toBeCloseTo(1.3581 * Math.SQRT2, 4);
  expect(kolmogorovSmirnovCritical(200, 200, 0.01)).toBeCloseTo(1.6276 * 0.1, 4);
});

it("adds without losing small parts to a large one", () => {
  expect(sum([1e16, ...Array.from({ length: 1000 }, () => 1)])).toBe(1e16 + 1000);
});
