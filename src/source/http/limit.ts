/** A time limit over everything that one question does, by the size of its answer, and the body that ends it. */
import type { Clock } from "../../core/clock.ts";
import { startTimer } from "../../core/deadline.ts";
import { CoauditError } from "../../core/errors.ts";
import type { Where } from "./http.ts";

export interface PaceSettings {
  /** For an answer of no size, all its attempts and resumptions together. */
  readonly answerTimeoutMs: number;
  /** What each second on top must bring, of the size that is declared or has arrived. */
  readonly leastBytesPerSecond: number;
  /** The longest that any answer may take. */
  readonly downloadTimeoutMs: number;
}

/** 202 MB, the largest blob that WhatsApp has published, in 34 minutes; a byte now and then ends after one. */
export const defaultPace: PaceSettings = {
  answerTimeoutMs: 60_000,
  leastBytesPerSecond: 100_000,
  downloadTimeoutMs: 45 * 60_000,
};

export class DownloadLimit {
  /** Aborts with the caller's signal, when the time is up, and when the body is left. */
  readonly signal: AbortSignal;
  readonly #pace: PaceSettings;
  readonly #where: Where;
  readonly #clock: Clock;
  readonly #caller: AbortSignal;
  readonly #beganMs: number;
  readonly #work = new AbortController();
  readonly #abort = (): void => this.#work.abort();
  #stopTimer: () => void = () => {};
  #allowedMs: number;
  #expired = false;

  constructor(pace: PaceSettings, where: Where, clock: Clock, caller: AbortSignal) {
    this.#pace = pace;
    this.#where = where;
    this.#clock = clock;
    this.#caller = caller;
    this.signal = this.#work.signal;
    this.#beganMs = clock.elapsedMs();
    this.#allowedMs = Math.min(pace.answerTimeoutMs, pace.downloadTimeoutMs);
    caller.addEventListener("abort", this.#abort, { once: true });
    if (caller.aborted) this.#abort();
    this.#wait();
  }

  /** So large the answer says it is, or is already. */
  allow(sizeBytes: number): void {
    const { answerTimeoutMs, leastBytesPerSecond, downloadTimeoutMs } = this.#pace;
    const bySizeMs = answerTimeoutMs + (sizeBytes / leastBytesPerSecond) * 1000;
    this.#allowedMs = Math.max(this.#allowedMs, Math.min(bySizeMs, downloadTimeoutMs));
  }

  /** Stops the clock: the answer is over. */
  end(): void {
    this.#stopTimer();
    this.#caller.removeEventListener("abort", this.#abort);
  }

  /** What to throw for `error`: that the time was up, if that is why. */
  explain(error: unknown): unknown {
    if (!this.#expired) return error;
    const [where, timeoutMs] = [this.#where, Math.round(this.#allowedMs)];
    const message = `${where.host}${where.path} was not read within ${timeoutMs} ms`;
    return new CoauditError("SOURCE_TIMEOUT", message, { ...where, phase: "download", timeoutMs });
  }

  /**
   * `bytes` as a body that is iterated once and may be left before it began (a generator's own `return` does nothing
   * then).
   */
  body(bytes: AsyncGenerator<Uint8Array, void, undefined>): AsyncIterable<Uint8Array> {
    let receivedBytes = 0;
    const iterator: AsyncIterator<Uint8Array, void, undefined> = {
      next: async () => {
        try {
          const result = await bytes.next();
          if (result.done === true) this.end();
          else receivedBytes += result.value.length;
          this.allow(receivedBytes);
          return result;
        } catch (error) {
          this.end();
          throw this.explain(error);
        }
      },
      return: async () => {
        this.#abort();
        this.end();
        await bytes.return();
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  /** More may have been allowed meanwhile: then it waits for the rest. */
  #wait(): void {
    const leftMs = this.#allowedMs - (this.#clock.elapsedMs() - this.#beganMs);
    this.#stopTimer = startTimer(this.#clock, Math.max(1, leftMs), () => {
      if (this.#clock.elapsedMs() - this.#beganMs < this.#allowedMs) return this.#wait();
      this.#expired = true;
      this.#abort();
    });
  }
}
