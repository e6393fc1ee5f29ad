/** The clock and the randomness of a page, a worker or any other program: what every JavaScript engine has. */
import type { Clock, Random } from "../core/clock.ts";

export const webClock: Clock = {
  now: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
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

/** A page on plain http has it too, unlike crypto.subtle. */
export const webRandom: Random = { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) };
