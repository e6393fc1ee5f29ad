/** A time limit on everything that one download does, and a body that ends it. */
import type { Clock } from "../../core/clock.ts";
import { Deadline } from "../../core/deadline.ts";
import { CoauditError } from "../../core/errors.ts";
import type { Where } from "./http.ts";

export class DownloadLimit {
  /** Aborts with the caller's signal, when the time is up, and when the body is left. */
  readonly signal: AbortSignal;
  readonly #deadline: Deadline;
  readonly #left = new AbortController();
  readonly #timeoutMs: number;
  readonly #where: Where;

  constructor(timeoutMs: number, where: Where, clock: Clock, caller: AbortSignal) {
    this.#deadline = new Deadline(clock, timeoutMs, caller, this.#left.signal);
    this.signal = this.#deadline.signal;
    this.#timeoutMs = timeoutMs;
    this.#where = where;
  }

  /** Stops the clock: the download is over. */
  end(): void {
    this.#deadline.cancel();
  }

  /** What to throw for `error`: that the time was up, if that is why. */
  explain(error: unknown): unknown {
    if (!this.#deadline.expired) return error;
    const [where, timeoutMs] = [this.#where, this.#timeoutMs];
    const message = `${where.host}${where.path} was not read within ${timeoutMs} ms`;
    return new CoauditError("SOURCE_TIMEOUT", message, { ...where, phase: "download", timeoutMs });
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
        this.#left.abort();
        this.end();
        await bytes.return();
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }
}
