/**
 * `coaudit/simulator`: worlds, scenarios and statistics for researchers' own programs. docs/simulator.md, From a
 * program.
 */

export type { Override, Variation, VariedValue } from "../simulator/scenario/overrides.ts";
export {
  loadScenarioFile,
  loadScenarioText,
  readScenario,
  scenarioVariant,
} from "../simulator/scenario/read-scenario.ts";
export type * from "../simulator/scenario/scenario.ts";
export { shippedScenarios } from "../simulator/scenario/scenario-files.ts";
export { scenarioHash } from "../simulator/scenario/scenario-hash.ts";
export type { ScenarioText } from "../simulator/scenario/scenario-text.ts";
export { scenarioYaml } from "../simulator/scenario/write-scenario.ts";
export type { Detection, WorldMeasures } from "../simulator/world/measures.ts";
export { runWorld, type WorldModules, type WorldResult } from "../simulator/world/run-world.ts";
export type { Branch, TraceLine, TraceSink } from "../simulator/world/trace.ts";
export { World, type WorldOptions } from "../simulator/world/world.ts";
export { type HuntedWorld, huntWorld } from "./hunt/hunt-world.ts";
export { type HuntSize, randomScenario } from "./hunt/random-scenario.ts";
export { kaplanMeier, type Observation, type SurvivalStep, timeQuantile } from "./statistics/kaplan-meier.ts";
export { type LogRank, logRank } from "./statistics/log-rank.ts";
export {
  type DetectionTime,
  estimatePoint,
  observationsOf,
  type PointEstimates,
} from "./statistics/point-estimates.ts";
export { type Interval, mcnemarExact, wilsonInterval } from "./statistics/shares.ts";
