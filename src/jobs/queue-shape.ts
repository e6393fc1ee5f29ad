/** What the two ends of a queue agree on. */

/** What Redis holds of a job. */
export interface QueuedJob {
  /**
   * Which build asks, by version and, in a checkout, commit. A worker of another one does not touch it: its answer
   * might be another.
   */
  readonly coaudit: string;
  readonly question: unknown;
}

/** A job that throws is tried so often in all; and one whose worker dies is given to another so often. */
export const MAX_ATTEMPTS = 3;
export const MAX_STALLS = 3;
/**
 * A worker that has not renewed its hold on a job for so long is taken for dead. Renewals come every half of it from a
 * thread that does nothing else, so 10 s is many times what a busy machine delays them; a job that is done twice costs
 * time and nothing else.
 */
export const HOLD_MS = 10_000;
export const STALL_CHECK_MS = 5_000;
/** Answers that nobody fetches, because the asking side never came back, go after a day (when another job ends). */
export const KEEP_ANSWERS_SECONDS = 86_400;
/** Of the stream of events, which nobody reads. */
export const MAX_EVENTS = 100;
