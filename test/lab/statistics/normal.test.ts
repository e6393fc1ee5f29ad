import { expect, it } from "vitest";
import { normalQuantile, normalUpperTail, twoSidedT, twoSidedZ } from "../../../src/lab/statistics/normal.ts";

// scipy 1.17.1: stats.norm.ppf, stats.norm.sf, stats.t.ppf(0.975, degrees).
it.each([
  [0.975, 1.959963984540054],
  [0.95, 1.6448536269514722],
  [0.995, 2.5758293035489004],
  [0.01, -2.3263478740408408],
  [1e-6, -4.753424308822899],
])("the normal quantile of %s is scipy's", (probability, expected) => {
  expect(normalQuantile(probability) / expected).toBeCloseTo(1, 8);
});

it("the interval of 95 % is 1.96 wide", () => {
  expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
  expect(twoSidedZ()).toBeCloseTo(1.959964, 6);
});

it.each([
  [0, 0.5],
  [1, 0.15865525393145707],
  [1.96, 0.024997895148220435],
  [3, 0.0013498980316300933],
  [5, 2.866515718791933e-7],
  [8, 6.22096057427174e-16],
  [-1, 1 - 0.15865525393145707],
])("the normal tail beyond %s is scipy's", (z, expected) => {
  expect(normalUpperTail(z) / expected).toBeCloseTo(1, 10);
});

it.each([
  [1, 12.706204736174694],
  [2, 4.302652729749462],
  [3, 3.1824463052837078],
  [4, 2.7764451051977934],
  [5, 2.5705818356363146],
  [10, 2.228138851986274],
  [29, 2.045229642132703],
  [199, 1.9719565442517533],
])("Student's t of %s degrees of freedom is scipy's", (degrees, expected) => {
  expect(twoSidedT(degrees) / expected).toBeCloseTo(1, 3);
});
