/** A wait that ends by its time, by a call, or by a signal. Leaves no timer, listener or promise behind. */
import type { Clock } from "../core/clock.ts";

/** A reason of our own: without one abort() makes a DOMException with a stack each time. */
const WOKEN = "woken";

export class Waker {
  #end: (() => void) | undefined;
  #missed = false;

  /** Ends the current wait, or the next one if nobody is waiting. */
  wake(): void {
    if (this.#end === undefined) this.#missed = true;
    else this.#end();
  }

  /** Resolves after `ms` (Infinity: not by itself), when woken, or when `signal` is aborted. */
  async wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#missed) {
      this.#missed = false;
      return;
    }
    const wait = new AbortController();
    const end = (): void => wait.abort(WOKEN);
    this.#end = end;
    signal.addEventListener("abort", end, { once: true });
    try {
      if (ms === Infinity) await aborted(wait.signal);
      else await clock.sleep(ms, wait.signal);
    } finally {
      signal.removeEventListener("abort", end);
      this.#end = undefined;
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
