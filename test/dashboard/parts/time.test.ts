import { expect, it } from "vitest";
import { agoText, delayText, durationText } from "../../../src/dashboard/parts/time.ts";

it.each([
  [0, "0 s"],
  [36, "36 ms"],
  [400, "0.4 s"],
  [9_940, "9.9 s"],
  [65_000, "1 min 5 s"],
  [3_600_000, "1 h"],
  [90_061_000, "1 d 1 h"],
])("reads %i ms as a duration", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

it("says how long ago something was, in whole seconds while it is new", () => {
  expect([900, 12_900, 3_600_000].map(agoText)).toEqual(["just now", "12 s ago", "1 h ago"]);
});

it("keeps a cell of the matrix short", () => {
  expect([5, 1_230, 65_000].map(delayText)).toEqual(["0.0 s", "1.2 s", "1 min 5 s"]);
});
