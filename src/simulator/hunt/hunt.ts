/** Many worlds, until one breaks a rule: bugs of the code that runs in production, found before years of it do. */
import type { JobRunner } from "../../jobs/job-runner.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Violation } from "../world/witness.ts";
import { type HuntAnswer, type HuntQuestion, scenarioOf } from "./hunt-job.ts";
import { huntWorld } from "./hunt-world.ts";
import type { HuntSize } from "./random-scenario.ts";
import { shrink } from "./shrink.ts";

export interface HuntOptions {
  /** The first seed; the others follow it. */
  readonly from: number;
  readonly seeds: number;
  /** Of random worlds. */
  readonly size: HuntSize;
  /** Hunted with every seed in place of random ones. */
  readonly scenario?: Scenario;
  /** first: the hunt ends with the first seed that breaks a rule. all: it goes on. */
  readonly until: "first" | "all";
}

export interface HuntModules {
  readonly runner: JobRunner;
  readonly onWorld?: (answer: HuntAnswer, seed: number) => void;
  /** Aborted: no further world begins. */
  readonly signal?: AbortSignal;
}

/** A world that broke a rule. */
export interface Catch {
  readonly seed: number;
  readonly violation: Violation;
  readonly scenario: Scenario;
}

export interface HuntReport {
  readonly worlds: number;
  readonly events: number;
  /** By seed. */
  readonly catches: readonly Catch[];
}

/** What threads throw (JOB_FAILED, JOB_CRASHED) ends the hunt: the harness itself is broken then. */
export async function hunt(options: HuntOptions, { runner, onWorld, signal }: HuntModules): Promise<HuntReport> {
  const { from, seeds, until } = options;
  const catches: Catch[] = [];
  let worlds = 0;
  let events = 0;
  let next = from;
  const mayGoOn = (): boolean =>
    next < from + seeds && signal?.aborted !== true && (until === "all" || catches.length === 0);

  async function lane(): Promise<void> {
    while (mayGoOn()) {
      const seed = next++;
      const question = questionOf(options, seed);
      const answer = (await runner.ask({ id: String(seed), question })) as HuntAnswer;
      worlds++;
      events += answer.events;
      onWorld?.(answer, seed);
      const { violation } = answer;
      if (violation !== undefined) catches.push({ seed, violation, scenario: scenarioOf(question) });
    }
  }
  await Promise.all(Array.from({ length: runner.capacity }, lane));
  return { worlds, events, catches: catches.sort((a, b) => a.seed - b.seed) };
}

/** The smallest scenario that was found to break the same rule with the same seed. Takes up to some hundred worlds. */
export async function smallest({ scenario, seed, violation }: Catch, onTry?: () => void): Promise<Catch> {
  let last = violation;
  const shrunk = await shrink(scenario, async (smaller) => {
    onTry?.();
    const { violations } = await huntWorld(smaller, seed);
    const same = violations.find(({ rule }) => rule === violation.rule);
    if (same !== undefined) last = same;
    return same !== undefined;
  });
  return { seed, violation: last, scenario: shrunk };
}

function questionOf({ size, scenario }: HuntOptions, seed: number): HuntQuestion {
  return { seed, size, ...(scenario === undefined ? {} : { scenario }) };
}
