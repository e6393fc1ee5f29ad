import { expect, it } from "vitest";
import { estimatePoint, type PointEstimates } from "../../../src/lab/statistics/point-estimates.ts";
import { type Output, sensitivity } from "../../../src/lab/statistics/sensitivity.ts";

/** The number stands in for an estimate: it is carried where nothing else looks. */
const output: Output = {
  name: "number",
  of: ({ falseConvictions }) => (falseConvictions < 0 ? null : falseConvictions),
};

const grid = (result: (auditors: number, lossRate: number) => number) =>
  [3, 5, 10].flatMap((auditors) =>
    [0, 0.5].map((lossRate) => ({
      values: { auditors, "network.lossRate": lossRate },
      estimates: carrying(result(auditors, lossRate)),
    })),
  );

const vary = [
  { path: "auditors", values: [3, 5, 10] },
  { path: "network.lossRate", values: [0, 0.5] },
];

it("changes one parameter at a time, at every setting of the others", () => {
  const rows = sensitivity(
    vary,
    grid((auditors, lossRate) => 10 * auditors + 4 * lossRate),
    [output],
  );
  expect(rows).toMatchObject([
    { path: "auditors", from: 3, to: 10, outputFrom: 31, outputTo: 101, change: 70, settings: 2, unknownSettings: 0 },
    { path: "network.lossRate", from: 0, to: 0.5, change: 2, leastChange: 2, mostChange: 2, settings: 3 },
  ]);
});

it("shows that two parameters act together", () => {
  const rows = sensitivity(
    vary,
    grid((count, lossRate) => count * lossRate * 2),
    [output],
  );
  expect(rows.find(({ path }) => path === "auditors")).toMatchObject({ leastChange: 0, mostChange: 7, change: 3.5 });
});

it("has an elasticity of 2 where the output is the square of the parameter, and none where a value is 0", () => {
  const rows = sensitivity(
    vary,
    grid((auditors) => auditors * auditors),
    [output],
  );
  expect(rows.find(({ path }) => path === "auditors")?.elasticity).toBeCloseTo(2, 10);
  expect(rows.find(({ path }) => path === "network.lossRate")?.elasticity).toBeNull();
});

it("does not count what was not reached as no change", () => {
  const rows = sensitivity(
    vary,
    grid((auditors, lossRate) => (auditors === 10 && lossRate > 0 ? -1 : auditors)),
    [output],
  );
  expect(rows.find(({ path }) => path === "auditors")).toMatchObject({ change: 7, settings: 1, unknownSettings: 1 });
});

it("leaves out parameters that did not vary, and has no change where nothing can be compared", () => {
  expect(
    sensitivity(
      [{ path: "auditors", values: [3] }],
      grid(() => 1),
      [output],
    ),
  ).toEqual([]);
  expect(sensitivity(vary, [], [output])).toMatchObject([{ change: null, settings: 0 }, { change: null }]);
});

it("reads its own outputs from real estimates", () => {
  const points = [3, 5].map((auditors) => ({ values: { auditors }, estimates: estimatePoint([]) }));
  const rows = sensitivity([{ path: "auditors", values: [3, 5] }], points);
  expect(rows.map(({ output: name }) => name)).toContain("first detection, median (ms)");
  expect(rows.every(({ change }) => change === null)).toBe(true);
});

function carrying(number: number): PointEstimates {
  return { ...estimatePoint([]), falseConvictions: number };
}
