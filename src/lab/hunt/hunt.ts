/** Many worlds, until one breaks a rule: bugs of the code that runs in production, found before years of it do. */
import { errorMessage, isCoauditError } from "../../core/errors.ts";
import type { Job, JobRunner } from "../../jobs/job-runner.ts";
import type { Scenario } from "../../simulator/scenario/scenario.ts";
import type { Violation } from "../../simulator/world/world-recorder.ts";
import { type HuntAnswer, type HuntQuestion, scenarioOf } from "./hunt-job.ts";
import { type HuntedWorld, huntWorld } from "./hunt-world.ts";
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
  readonly onWorld?: () => void;
  /** At once, so that nothing is lost with a hunt that ends early. */
  readonly onCatch?: (caught: Catch) => void;
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

export async function hunt(options: HuntOptions, modules: HuntModules): Promise<HuntReport> {
  const { runner, onWorld, onCatch, signal } = modules;
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
      const answer = await answerTo({ id: String(seed), question }, runner);
      worlds++;
      events += answer.events;
      onWorld?.();
      const { violation } = answer;
      if (violation === undefined) continue;
      const caught = { seed, violation, scenario: scenarioOf(question) };
      catches.push(caught);
      onCatch?.(caught);
    }
  }
  await Promise.all(Array.from({ length: runner.capacity }, lane));
  return { worlds, events, catches: catches.sort((a, b) => a.seed - b.seed) };
}

/**
 * The smallest scenario that was found to break the same rule with the same seed. Takes up to some hundred worlds;
 * aborted: the smallest so far.
 */
export async function smallest({ scenario, seed, violation }: Catch, signal?: AbortSignal): Promise<Catch> {
  let last = violation;
  const shrunk = await shrink(scenario, async (smaller) => {
    if (signal?.aborted) return false;
    const same = (await hunted(smaller, seed))?.violations.find(({ rule }) => rule === violation.rule);
    if (same !== undefined) last = same;
    return same !== undefined;
  });
  return { seed, violation: last, scenario: shrunk };
}

/** Undefined where no file could say so: what names somebody who was left out could not be run again. */
async function hunted(scenario: Scenario, seed: number): Promise<HuntedWorld | undefined> {
  try {
    return await huntWorld(scenario, seed);
  } catch (error) {
    if (isCoauditError(error, "CONFIG_INVALID")) return undefined;
    throw error;
  }
}

/** A thread that dies with its world breaks a rule too. */
async function answerTo(job: Job, runner: JobRunner): Promise<HuntAnswer> {
  try {
    return (await runner.ask(job)) as HuntAnswer;
  } catch (error) {
    if (!isCoauditError(error, "JOB_FAILED", "JOB_CRASHED")) throw error;
    return { events: 0, violation: { rule: "the process goes on", who: "process", detail: errorMessage(error) } };
  }
}

function questionOf({ size, scenario }: HuntOptions, seed: number): HuntQuestion {
  return { seed, size, ...(scenario === undefined ? {} : { scenario }) };
}
