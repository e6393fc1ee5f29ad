/** A sweep whose worlds stand-in.mjs works out. */

import type { SweepPlan } from "../../../src/lab/experiment/sweep-plan.ts";
import { readScenario } from "../../../src/simulator/scenario/read-scenario.ts";
import type { Scenario } from "../../../src/simulator/scenario/scenario.ts";
import { scenarioHash } from "../../../src/simulator/scenario/scenario-hash.ts";

export interface StandIn {
  readonly slowMs?: number;
  readonly exitOnSeeds?: readonly number[];
  readonly throwOnSeeds?: readonly number[];
}

export function standInPlan(repeats: number, how: StandIn = {}): SweepPlan {
  const scenario: Scenario & StandIn = { ...readScenario("title: stand-in\nauditors: 3\n", "stand-in.yaml"), ...how };
  const values = [3, 5, 10];
  const points = values.map((auditors) => {
    const varied = { ...scenario, auditors };
    return { values: { auditors }, scenario: varied, scenarioHash: scenarioHash(varied) };
  });
  const hash = scenarioHash(scenario);
  const vary = [{ path: "auditors", values }];
  return { sets: [], vary, repeats, seed: 7, scenario, scenarioHash: hash, points, pointsHash: hash };
}
