/** One seed of a hunt as a job. A thread loads this file. */
import type { Scenario } from "../../simulator/scenario/scenario.ts";
import type { Violation } from "../../simulator/world/world-recorder.ts";
import { huntWorld } from "./hunt-world.ts";
import { withRandomKeys } from "./random-keys.ts";
import { type HuntSize, randomScenario } from "./random-scenario.ts";

export interface HuntQuestion {
  readonly seed: number;
  /** What the seed's world is: this scenario, or a random one of this size. */
  readonly scenario?: Scenario;
  readonly size: HuntSize;
}

export interface HuntAnswer {
  /** The first that was seen. */
  readonly violation?: Violation;
  readonly events: number;
}

export async function handle(question: unknown): Promise<HuntAnswer> {
  const asked = question as HuntQuestion;
  const { violations, events } = await huntWorld(scenarioOf(asked), asked.seed);
  const [violation] = violations;
  return { events, ...(violation === undefined ? {} : { violation }) };
}

export function scenarioOf({ scenario, seed, size }: HuntQuestion): Scenario {
  return scenario ?? withRandomKeys(randomScenario(seed, size), seed);
}
