/** The clock and the randomness of a page, a worker or any other program: what every JavaScript engine has. */
import { type Clock, type Random, sleepWith } from "../core/clock.ts";

export const webClock: Clock = {
  now: () => Date.now(),
  elapsedMs: () => performance.now(),
  sleep: sleepWith((wake, ms) => {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  }),
};

/** A page on plain http has it too, unlike crypto.subtle. */
export const webRandom: Random = { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) };
