import { expect, it } from "vitest";
import { mcnemarExact, wilsonInterval } from "../../../src/lab/statistics/shares.ts";

// scipy 1.17.1: stats.binomtest(k, n).proportion_ci(method="wilson"). 81 of 263 and 15 of 148 are the examples of
// Newcombe (Statistics in Medicine 17, 1998), who prints 0.2553 to 0.3662 and 0.0624 to 0.1605.
it.each([
  [0, 10, 0, 0.27753279986288926],
  [3, 10, 0.10779126740630102, 0.6032218525388546],
  [10, 10, 0.7224672001371109, 1],
  [81, 263, 0.2552885198782742, 0.36620957698280004],
  [15, 148, 0.06238639953073629, 0.16048724172330803],
])("the interval of %i in %i is scipy's", (happened, trials, low, high) => {
  const interval = wilsonInterval(happened, trials);
  expect(interval.low).toBeCloseTo(low, 9);
  expect(interval.high).toBeCloseTo(high, 9);
});

it("knows nothing without trials", () => {
  expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
});

it("widens with confidence", () => {
  expect(wilsonInterval(3, 10, 0.99).high).toBeGreaterThan(wilsonInterval(3, 10, 0.9).high);
});

// scipy 1.17.1: stats.binomtest(3, 15).pvalue, stats.binomtest(2, 14).pvalue.
it("tells uneven pairs from even ones", () => {
  expect(mcnemarExact(3, 12)).toBeCloseTo(0.03515625, 12);
  expect(mcnemarExact(12, 2)).toBeCloseTo(0.012939453125, 12);
  expect(mcnemarExact(5, 5)).toBe(1);
  expect(mcnemarExact(0, 0)).toBe(1);
});
