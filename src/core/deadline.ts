/** What is given only so much time. Each of these must be ended; then it leaves no timer and no listener behind. */
import type { Clock } from "./clock.ts";

/**
 * A reason of our own: abort() without one makes a DOMException with a stack, 10 us each time a request ends in time.
 */
const CANCELLED = "cancelled";

/** Calls `onLate` when `timeoutMs` pass on the clock; not once the function that it returns was called. */
export function startTimer(clock: Clock, timeoutMs: number, onLate: () => void): () => void {
  const done = new AbortController();
  void clock.sleep(timeoutMs, done.signal).then(() => {
    if (!done.signal.aborted) onLate();
  });
  return () => done.abort(CANCELLED);
}

/**
 * A signal that is aborted when `timeoutMs` pass on the clock or when a parent is; `cancel` ends the wait and must be
 * called.
 */
export class Deadline {
  readonly #controller: AbortController = new AbortController();
  readonly #parents: readonly AbortSignal[];
  readonly #abort = (): void => this.#controller.abort();
  readonly #stopTimer: () => void;
  #expired = false;

  // AbortSignal.any would do for the parents, but on Node 20 it leaks with a parent that lives as long as the process.
  constructor(clock: Clock, timeoutMs: number, ...parents: readonly AbortSignal[]) {
    this.#parents = parents;
    for (const parent of parents) {
      if (parent.aborted) this.#abort();
      else parent.addEventListener("abort", this.#abort, { once: true });
    }
    this.#stopTimer = startTimer(clock, timeoutMs, () => {
      this.#expired = true;
      this.#abort();
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True if the time ran out, false if a parent was aborted or nothing has happened yet. */
  get expired(): boolean {
    return this.#expired;
  }

  cancel(): void {
    for (const parent of this.#parents) parent.removeEventListener("abort", this.#abort);
    this.#stopTimer();
  }
}

/** What the promise gives, or an error as soon as the signal is aborted; what the promise does later reaches nobody. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error("aborted"));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
