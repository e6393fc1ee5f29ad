import type { Clock } from "../../core/clock.ts";
import { Deadline, unlessAborted } from "../../core/deadline.ts";

/** A directory that hangs must not hold up what is asked next. */
const ANSWER_MS = 30_000;

/** Undefined for an answer that did not come: too late, refused, or cancelled. `ask` need not heed its signal. */
export async function inTime<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  clock: Clock,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  const deadline = new Deadline(clock, ANSWER_MS, signal);
  try {
    return await unlessAborted(ask(deadline.signal), deadline.signal);
  } catch {
    return undefined;
  } finally {
    deadline.cancel();
  }
}
