import { expect, it } from "vitest";
import { nestedWidths } from "../../../src/lab/report/figures/coinciding.ts";

const flat = (height: number): number[] => Array.from({ length: 20 }, () => height);
const falling = (from: number): number[] => Array.from({ length: 20 }, (_, i) => (i < from ? 1 : 1 - (i - from) / 20));

it("draws the lower of two equal lines wider, and the lowest of three widest", () => {
  const [first = 0, second = 0, third = 0] = nestedWidths([flat(1), flat(1), flat(1)]);
  expect(first).toBeGreaterThan(second + 1);
  expect(second).toBeGreaterThan(third + 1);
});

it("leaves lines alone that only begin together", () => {
  const widths = nestedWidths([falling(8), falling(12)]);
  expect(new Set(widths).size).toBe(1);
});

it("counts lines as one that go together for a quarter of their way after the first fall", () => {
  const together = falling(8).map((height, i) => (i < 13 ? height : 0));
  expect(nestedWidths([falling(8), together])[0]).toBeGreaterThan(nestedWidths([falling(8), flat(0.3)])[0] ?? 0);
});

it("sees no line where one has no height", () => {
  const [first, second] = nestedWidths([flat(Number.NaN), flat(Number.NaN)]);
  expect(first).toBe(second);
});

it("stays below thirteen pixels with seven lines at one place", () => {
  expect(Math.max(...nestedWidths(Array.from({ length: 7 }, () => flat(0))))).toBeLessThan(13);
});
