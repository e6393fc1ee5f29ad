/** What the two ends of a queue agree on. */

/** What Redis holds of a job. */
export interface QueuedJob {
  /**
   * Which build asks, by version and, in a checkout, commit. A worker of another build does not touch it: its answer
   * might differ.
   */
  readonly coaudit: string;
  readonly question: unknown;
}

/** How often a job that throws is tried in all, and how often one whose worker dies is given to another. */
export const MAX_ATTEMPTS = 3;
export const MAX_STALLS = 3;
/**
 * A worker that has not renewed its hold on a job for this long is taken for dead. Renewals come at half this interval
 * from a thread that does nothing else, so 10 s is many times what a busy machine delays them; doing a job twice costs
 * only time.
 */
export const HOLD_MS = 10_000;
export const STALL_CHECK_MS = 5_000;
/** Answers that nobody fetches, because the asker never came back, are deleted after a day (when another job ends). */
export const KEEP_ANSWERS_SECONDS = 86_400;
/** Length of the event stream, which nobody reads. */
export const MAX_EVENTS = 100;
