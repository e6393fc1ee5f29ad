/** A time limit over everything that one download does, and the body that ends it. */
import type { Clock } from "../../core/clock.ts";
import { CoauditError } from "../../core/errors.ts";
import type { Where } from "./http.ts";

export class DownloadLimit {
  /** Aborts with the caller's signal, when the time is up, and when the body is left. */
  readonly signal: AbortSignal;
  readonly #work = new AbortController();
  readonly #timer = new AbortController();
  #error: CoauditError | undefined;

  constructor(timeoutMs: number, where: Where, clock: Clock, caller: AbortSignal) {
    this.signal = this.#work.signal;
    const onAbort = (): void => this.#work.abort();
    if (caller.aborted) onAbort();
    caller.addEventListener("abort", onAbort, { once: true });
    this.#timer.signal.addEventListener("abort", () => caller.removeEventListener("abort", onAbort), { once: true });
    void clock.sleep(timeoutMs, this.#timer.signal).then(() => {
      if (this.#timer.signal.aborted) return;
      const message = `${where.host}${where.path} was not read within ${timeoutMs} ms`;
      this.#error = new CoauditError("SOURCE_TIMEOUT", message, { ...where, phase: "download", timeoutMs });
      this.#work.abort();
    });
  }

  /** Stops the clock: the download is over. */
  end(): void {
    this.#timer.abort();
  }

  /** What to throw for `error`: that the time was up, if that is why. */
  explain(error: unknown): unknown {
    return this.#error ?? error;
  }

  /**
   * `bytes` as a body that is iterated once and may be left before it began (a generator's own `return` does nothing
   * then).
   */
  body(bytes: AsyncGenerator<Uint8Array, void, undefined>): AsyncIterable<Uint8Array> {
    const iterator: AsyncIterator<Uint8Array, void, undefined> = {
      next: async () => {
        try {
          const result = await bytes.next();
          if (result.done === true) this.end();
          return result;
        } catch (error) {
          this.end();
          throw this.explain(error);
        }
      },
      return: async () => {
        this.end();
        this.#work.abort();
        await bytes.return();
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }
}
