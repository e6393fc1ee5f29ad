/**
 * The port through which work is spread: over threads of this process (thread-runner.ts) or over machines
 * (queue-runner.ts). A job is a question in plain JSON with one answer, the same whoever works it out; so it does no
 * harm to work one out twice.
 */

export interface Job {
  /**
   * Unique among the jobs of one runner, and the same when they are asked again after a stop: letters, digits and
   * hyphens.
   */
  readonly id: string;
  readonly question: unknown;
}

export interface JobRunner {
  /** More questions than this at the same time only wait. */
  readonly capacity: number;
  /**
   * The answer, as JSON brings it. Rejects JOB_FAILED (the work threw), JOB_CRASHED (whoever did it died),
   * JOB_WITHDRAWN, and QUEUE_* where the jobs can be spread no longer.
   */
  ask(job: Job): Promise<unknown>;
  /** Takes back what nobody has begun. What is under way goes on. */
  withdraw(): Promise<void>;
  /** Leaves what is under way. */
  close(): Promise<void>;
}

/** What a module of work exports under the name `handle`. */
export type JobHandler = (question: unknown) => Promise<unknown>;
