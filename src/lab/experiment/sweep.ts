/** Runs what is left of a sweep, in any order, and remembers each world in the journal. */
import { type ErrorCode, errorMessage, isCoauditError } from "../../core/errors.ts";
import type { Job, JobRunner } from "../../jobs/job-runner.ts";
import type { Journal } from "./journal.ts";
import { type SweepPlan, type SweepWorld, worldsOf } from "./sweep-plan.ts";
import { type WorldQuestion, worldAnswer } from "./world-job.ts";

export interface SweepModules {
  readonly runner: JobRunner;
  readonly journal: Journal;
  readonly onDone: () => void;
  /** Once aborted, no further world begins; those that are running are finished. */
  readonly signal: AbortSignal;
}

/** A world that gave no measures: by point, repeat and seed it can be run again. */
export interface FailedWorld {
  readonly world: SweepWorld;
  readonly reason: string;
}

/** This many failures point to a defect that all worlds share. */
const MAX_FAILURES = 10;
const OF_ONE_JOB: readonly ErrorCode[] = ["JOB_FAILED", "JOB_CRASHED", "JOB_ANSWER_INVALID"];

/**
 * Resolves with the worlds that failed; without any, and unless it was stopped, the sweep is complete. Throws where no
 * further world can be run or recorded.
 */
export async function runSweep(plan: SweepPlan, modules: SweepModules): Promise<FailedWorld[]> {
  const { runner, signal } = modules;
  const failures: FailedWorld[] = [];
  const worlds = unfinished(plan, modules.journal);
  let hasFailed = false;
  const mayGoOn = (): boolean => !signal.aborted && !hasFailed && failures.length < MAX_FAILURES;

  async function lane(): Promise<void> {
    while (mayGoOn()) {
      const { value: world, done } = worlds.next();
      if (done === true) return;
      try {
        await runOne(plan, world, modules);
      } catch (error) {
        if (isCoauditError(error, "JOB_WITHDRAWN")) return;
        if (!isCoauditError(error, ...OF_ONE_JOB)) throw error;
        failures.push({ world, reason: errorMessage(error) });
      }
      if (!mayGoOn()) await runner.withdraw();
    }
  }
  const onAbort = (): void => {
    // If it fails, so do the jobs themselves.
    runner.withdraw().catch(() => {});
  };
  signal.addEventListener("abort", onAbort);
  try {
    const lanes = Array.from({ length: runner.capacity }, () =>
      lane().catch((error) => {
        hasFailed = true;
        throw error;
      }),
    );
    const ends = await Promise.allSettled(lanes);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  return failures.sort((a, b) => a.world.point - b.world.point || a.world.repeat - b.world.repeat);
}

function worldJob({ points }: SweepPlan, { point, repeat, seed }: SweepWorld): Job {
  const { scenario, scenarioHash } = points[point] as SweepPlan["points"][number];
  const question: WorldQuestion = { scenario, scenarioHash, seed };
  return { id: `${point}-${repeat}`, question };
}

async function runOne(plan: SweepPlan, world: SweepWorld, { runner, journal, onDone }: SweepModules): Promise<void> {
  const job = worldJob(plan, world);
  const { measures, traceHash } = worldAnswer(job, await runner.ask(job));
  await journal.add({ ...world, measures, traceHash });
  onDone();
}

function* unfinished(plan: SweepPlan, journal: Journal): Generator<SweepWorld, undefined> {
  for (const world of worldsOf(plan)) if (journal.get(world) === undefined) yield world;
}
