import { describe, expect, it } from "vitest";
import type { FinishedWorld } from "../../../src/lab/experiment/journal.ts";
import type { SweepPlan } from "../../../src/lab/experiment/sweep-plan.ts";
import { worldsCsv } from "../../../src/lab/experiment/worlds-csv.ts";
import type { WorldMeasures } from "../../../src/simulator/world/measures.ts";

const plan = {
  vary: [{ path: "crypto", values: ["symbolic", 'with "quotes", and a comma'] }],
  points: [{ values: { crypto: "symbolic" } }, { values: { crypto: 'with "quotes", and a comma' } }],
} as unknown as SweepPlan;

function world(point: number, repeat: number, measures: object): FinishedWorld {
  return { point, repeat, seed: 10 + repeat, measures: measures as WorldMeasures, traceHash: "ab" };
}

describe("worlds.csv", () => {
  it("has one column a measure, under its dotted name, and empty cells for what did not happen", () => {
    const worlds = [
      world(0, 0, { epochs: 3, headDelayMs: null, clientAnswers: { satisfied: 2 }, cases: 0 }),
      world(1, 0, { epochs: 3, headDelayMs: { p50: 1.5, max: 4 }, clientAnswers: { conflict: 1 }, cases: 1 }),
    ];
    expect([...worldsCsv(plan, worlds)].join("")).toBe(
      "point,repeat,seed,crypto,epochs,headDelayMs.p50,headDelayMs.max,clientAnswers.satisfied,clientAnswers.conflict,cases,traceHash\n" +
        "0,0,10,symbolic,3,,,2,,0,ab\n" +
        '1,0,10,"with ""quotes"", and a comma",3,1.5,4,,1,1,ab\n',
    );
  });

  it("keeps a measure that no world has as an empty column", () => {
    const [header, row] = [...worldsCsv(plan, [world(0, 0, { quorumAvailability: null })])];
    expect([header, row]).toEqual(["point,repeat,seed,crypto,quorumAvailability,traceHash\n", "0,0,10,symbolic,,ab\n"]);
  });
});
