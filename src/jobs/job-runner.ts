/**
 * The port through which work is spread: over threads of this process (thread-runner.ts) or over machines
 * (queue-runner.ts). A job is a question in plain JSON with one answer, the same whoever computes it; so computing it
 * twice does no harm.
 */

export interface Job {
  /**
   * Unique among the jobs of one runner, and the same if they are asked again after a stop: letters, digits and
   * hyphens.
   */
  readonly id: string;
  readonly question: unknown;
}

export interface JobRunner {
  /** More concurrent questions than this only wait. */
  readonly capacity: number;
  /**
   * The answer, as parsed from JSON. Rejects with JOB_FAILED (the work threw), JOB_CRASHED (its worker died),
   * JOB_WITHDRAWN, and QUEUE_* if jobs can no longer be spread.
   */
  ask(job: Job): Promise<unknown>;
  /** Withdraws jobs that nobody has begun. Running jobs continue. */
  withdraw(): Promise<void>;
  /** Abandons running jobs. */
  close(): Promise<void>;
}

/** What a module of work exports under the name `handle`. */
export type JobHandler = (question: unknown) => Promise<unknown>;
