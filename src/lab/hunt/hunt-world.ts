/** One world of a hunt: everything that happens is held against the rules. */
import { breathe, type Drain } from "../../simulator/engine/drain.ts";
import { checkWhole } from "../../simulator/scenario/read-scenario.ts";
import type { Scenario } from "../../simulator/scenario/scenario.ts";
import type { KeyMeasures } from "../../simulator/world/measures.ts";
import { World } from "../../simulator/world/world.ts";
import type { Violation } from "../../simulator/world/world-recorder.ts";
import { Invariants } from "./invariants.ts";
import { violationsAtRest } from "./quiescence.ts";

export interface HuntedWorld {
  /** The first that were seen; none: every rule held. */
  readonly violations: readonly Violation[];
  readonly events: number;
  readonly traceHash: string;
}

/** Reading the ledgers at the end takes time in worlds where reading does. */
const READING_US = 1_000_000;
const MAX_READING_STEPS = 3_600;

/** Throws what World throws for a wrong scenario or seed; a world that cannot go on breaks a rule. */
export async function huntWorld(scenario: Scenario, seed: number, drain: Drain = "fast"): Promise<HuntedWorld> {
  checkWhole(scenario);
  const violations: Violation[] = [];
  const report = (violation: Violation): void => void violations.push(violation);
  const loose = (error: unknown): void => report(worldBreaks("no error is left lying about", error));
  const invariants: Invariants = new Invariants(scenario, {
    machines: () => world.machines,
    nowMs: () => world.scheduler.nowUs / 1000,
    report,
  });
  const world = new World({ scenario, seed, drain }, { onlooker: invariants });
  process.on("unhandledRejection", loose);
  try {
    await live(world, invariants, violations);
    if (violations.length === 0) violations.push(...(await atRest(world, invariants)));
  } catch (error) {
    report(worldBreaks("the world goes on", error));
  } finally {
    await rejectionsToldOf();
    process.off("unhandledRejection", loose);
  }
  return { violations, events: world.scheduler.events, traceHash: world.trace.digest() };
}

async function live(world: World, invariants: Invariants, violations: Violation[]): Promise<void> {
  const stepUs = world.scenario.epochIntervalMs * 1000;
  for (let untilUs = stepUs; untilUs < world.endUs + stepUs && violations.length === 0; untilUs += stepUs) {
    await world.run(Math.min(untilUs, world.endUs));
    await rejectionsToldOf();
    invariants.queued(world.scheduler.pending);
    violations.push(...world.watcher.violations);
  }
}

async function atRest(world: World, invariants: Invariants): Promise<readonly Violation[]> {
  let found: readonly Violation[] | undefined;
  const reading = violationsAtRest(world, invariants).then((violations) => {
    found = violations;
  });
  for (let step = 0; found === undefined && step < MAX_READING_STEPS; step++) {
    await world.run(world.scheduler.nowUs + READING_US);
  }
  if (found === undefined) return [{ rule: "ledgers can be read", who: "world", detail: "reading them does not end" }];
  await reading;
  return [...world.watcher.violations, ...found, ...alarmedForNothing(world.watcher.keys.measures())];
}

export function alarmedForNothing({ falseAlarms }: Pick<KeyMeasures, "falseAlarms">): Violation[] {
  if (falseAlarms === 0) return [];
  const detail = `${falseAlarms} alarms of persons who were told no lie about that key`;
  return [{ rule: "no person is alarmed for nothing", who: "world", detail }];
}

/**
 * Node tells of rejections that nobody handles when it has nothing else to do, which a world that goes on never lets
 * it.
 */
function rejectionsToldOf(): Promise<void> {
  return new Promise((resolve) => breathe(() => breathe(resolve)));
}

function worldBreaks(rule: string, error: unknown): Violation {
  return { rule, who: "world", detail: String((error as Error)?.stack ?? error) };
}
