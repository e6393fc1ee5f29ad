/** `coaudit/simulator`: worlds, scenarios and statistics for researchers' own programs. docs/simulator.md, From a program. */
export { type HuntedWorld, huntWorld } from "./hunt/hunt-world.ts";
export { type HuntSize, randomScenario } from "./hunt/random-scenario.ts";
export type { Override, Variation, VariedValue } from "./scenario/overrides.ts";
export {
  loadScenarioFile,
  loadScenarioText,
  readScenario,
  type ScenarioText,
  scenarioVariant,
} from "./scenario/read-scenario.ts";
export type * from "./scenario/scenario.ts";
export { shippedScenarios } from "./scenario/scenario-files.ts";
export { scenarioHash } from "./scenario/scenario-hash.ts";
export { scenarioYaml } from "./scenario/write-scenario.ts";
export { kaplanMeier, type Observation, type SurvivalStep, timeQuantile } from "./statistics/kaplan-meier.ts";
export { type LogRank, logRank } from "./statistics/log-rank.ts";
export {
  type DetectionTime,
  estimatePoint,
  observationsOf,
  type PointEstimates,
} from "./statistics/point-estimates.ts";
export { type Interval, mcnemarExact, wilsonInterval } from "./statistics/shares.ts";
export type { Detection, WorldMeasures } from "./world/measures.ts";
export { runWorld, type WorldModules, type WorldResult } from "./world/run-world.ts";
export type { Branch, TraceLine, TraceSink } from "./world/trace.ts";
export { World, type WorldOptions } from "./world/world.ts";
