/** One world as a job: what is asked, how it is answered, and what counts as an answer. A thread loads this file. */
import { CoauditError } from "../../core/errors.ts";
import type { Job } from "../../jobs/job-runner.ts";
import type { Scenario } from "../../simulator/scenario/scenario.ts";
import { scenarioHash } from "../../simulator/scenario/scenario-hash.ts";
import type { WorldMeasures } from "../../simulator/world/measures.ts";
import { runWorld, type WorldResult } from "../../simulator/world/run-world.ts";

export interface WorldQuestion {
  readonly scenario: Scenario;
  readonly scenarioHash: string;
  readonly seed: number;
}

/** Throws QUEUE_JOB_REFUSED for a scenario that was changed on its way, and what the world throws. */
export async function handle(question: unknown): Promise<WorldResult> {
  const { scenario, scenarioHash: expected, seed } = question as WorldQuestion;
  const found = scenarioHash(scenario);
  if (found !== expected) {
    const reason = `the job's scenario has the hash ${found}, not ${expected}`;
    throw new CoauditError("QUEUE_JOB_REFUSED", `${reason}; do all machines run the same build of coaudit?`, {
      reason,
    });
  }
  return await runWorld({ scenario, seed });
}

/** Throws JOB_ANSWER_INVALID: an answer may come from another machine. */
export function worldAnswer(job: Job, answer: unknown): WorldResult {
  const { measures, traceHash } = (answer ?? {}) as Partial<WorldResult>;
  if (!isMeasures(measures)) throw invalid(job, "it has no measures");
  if (!/^[0-9a-f]{64}$/.test(String(traceHash))) throw invalid(job, "it has no trace hash");
  return { measures, traceHash: traceHash as string };
}

function isMeasures(measures: unknown): measures is WorldMeasures {
  return typeof measures === "object" && measures !== null && "perNode" in measures && "events" in measures;
}

function invalid({ id }: Job, reason: string): CoauditError {
  return new CoauditError("JOB_ANSWER_INVALID", `the answer to job ${id} is not that of a world: ${reason}`, {
    job: id,
    reason,
  });
}
