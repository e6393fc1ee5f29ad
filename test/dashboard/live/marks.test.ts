import { expect, it } from "vitest";
import type { Head } from "../../../src/dashboard/live/answers.ts";
import { epochMarks, markOf, sideName } from "../../../src/dashboard/live/marks.ts";

const head = (auditor: string, digest: string, timestampMs: number, type: Head["type"] = "signed-head"): Head => ({
  auditor,
  type,
  digest,
  timestampMs,
});

it("calls A the digest that most auditors signed, and says how long each took", () => {
  const marks = epochMarks([head("a", "22", 1_000), head("b", "11", 1_500), head("c", "22", 3_000)]);
  expect(marks.sides).toEqual(["22", "11"]);
  expect(["a", "b", "c"].map((name) => sideName(markOf(marks, name).side))).toEqual(["A", "B", "A"]);
  expect(markOf(marks, "c")).toEqual({ kind: "signed", side: 0, timestampMs: 3_000, delayMs: 2_000 });
});

it("names the sides of a tie in one order for every reader", () => {
  const heads = [head("a", "22", 1), head("b", "11", 2)];
  expect(epochMarks(heads).sides).toEqual(epochMarks(heads.toReversed()).sides);
});

it("tells an auditor that signed twice from one that did not sign", () => {
  const marks = epochMarks([head("a", "11", 1), head("a", "22", 2), head("b", "11", 3, "half-head")]);
  expect(["a", "b", "c"].map((name) => markOf(marks, name).kind)).toEqual(["both", "half", "none"]);
});

it("measures from the first that signed in time", () => {
  const marks = epochMarks([head("late", "11", 5, "late-head"), head("a", "11", 50)]);
  expect(markOf(marks, "a").delayMs).toBe(0);
  expect(markOf(marks, "late")).toMatchObject({ kind: "late", delayMs: 0 });
});
