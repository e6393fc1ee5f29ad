/**
 * Time and randomness are passed in, never reached for: the same code runs on the wall clock, in tests and in the
 * simulator.
 */
export interface Clock extends Elapsed {
  /** Unix time in milliseconds, as this machine has it: for what is signed or shown. It may jump either way. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal is aborted (it never rejects: the caller checks the signal). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Time since some moment, which only ever grows: for every wait, age and rate, where setting the clock must neither
 * give nor take anything. [a ban given while the clock stood in 2038 lasts until then]
 */
export interface Elapsed {
  elapsedMs(): number;
}

export interface Random {
  bytes(length: number): Uint8Array;
}

/** A whole number in [0, bound), for jitter and for choosing a peer; not for keys. */
export function randomBelow(random: Random, bound: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
  return Math.floor(((a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32) * bound);
}

/** Capped exponential back-off with full jitter in its upper half: attempt 0 waits baseMs/2..baseMs. */
export function backoffMs(random: Random, attempt: number, baseMs: number, capMs: number): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.floor(ceiling / 2 + randomBelow(random, Math.ceil(ceiling / 2) + 1));
}

/**
 * The `sleep` of a clock, made of an engine's timers. `start` calls `wake` after `ms`, and returns what prevents it.
 */
export function sleepWith(start: (wake: () => void, ms: number) => () => void): Clock["sleep"] {
  return (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const wake = (): void => {
        stop();
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const stop = start(wake, Math.min(ms, LONGEST_TIMER_MS));
      signal?.addEventListener("abort", wake, { once: true });
    });
}

/** Engines fire at once beyond that. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
