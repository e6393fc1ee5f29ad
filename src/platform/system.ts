/** The one file that reaches for the machine's clock, timers and randomness. Everything else is handed these ports. */
import { randomBytes } from "node:crypto";
import type { Clock, Elapsed, Random } from "../core/clock.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      // setTimeout takes at most 2^31-1 ms and fires at once beyond that.
      const timer = setTimeout(wake, Math.min(ms, 2 ** 31 - 1));
      signal?.addEventListener("abort", wake, { once: true });
    });
  },
};

export const systemElapsed: Elapsed = { elapsedMs: () => performance.now() };

export const systemRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };
