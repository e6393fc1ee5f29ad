/** Many random worlds, one after the other, until one breaks a rule: bugs of the code that runs in production, found before years of it do. */
import type { Scenario } from "../scenario/scenario.ts";
import type { Violation } from "../world/witness.ts";
import { huntWorld } from "./hunt-world.ts";
import { type HuntSize, randomScenario } from "./random-scenario.ts";
import { shrink } from "./shrink.ts";

export interface HuntOptions {
  /** The first seed; the others follow it. */
  readonly from: number;
  readonly seeds: number;
  readonly size: HuntSize;
}

export interface Catch {
  readonly seed: number;
  readonly violation: Violation;
  /** What it takes to break the same rule with the same seed. */
  readonly scenario: Scenario;
}

export interface HuntReport {
  readonly worlds: number;
  readonly events: number;
  /** At most one: the first. */
  readonly caught?: Catch;
}

export interface HuntModules {
  /** After each world. */
  readonly onWorld?: (worlds: number, events: number) => void;
  readonly onShrinking?: (violation: Violation) => void;
  readonly signal?: AbortSignal;
}

export async function hunt({ from, seeds, size }: HuntOptions, modules: HuntModules = {}): Promise<HuntReport> {
  const { onWorld, onShrinking, signal } = modules;
  let events = 0;
  for (let worlds = 0; worlds < seeds && signal?.aborted !== true; worlds++) {
    const seed = from + worlds;
    const scenario = randomScenario(seed, size);
    const world = await huntWorld(scenario, seed);
    events += world.events;
    onWorld?.(worlds + 1, events);
    const [violation] = world.violations;
    if (violation === undefined) continue;
    onShrinking?.(violation);
    return { worlds: worlds + 1, events, caught: await smallest(scenario, seed, violation) };
  }
  return { worlds: seeds, events };
}

async function smallest(scenario: Scenario, seed: number, violation: Violation): Promise<Catch> {
  let last = violation;
  const shrunk = await shrink(scenario, async (smaller) => {
    const { violations } = await huntWorld(smaller, seed);
    const same = violations.find(({ rule }) => rule === violation.rule);
    if (same !== undefined) last = same;
    return same !== undefined;
  });
  return { seed, violation: last, scenario: shrunk.scenario };
}
