/** The only file that uses the machine's clock, timers and randomness. Everything else is given these ports. */
import { randomBytes } from "node:crypto";
import { type Clock, type Random, sleepWith } from "../core/clock.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsedMs: () => performance.now(),
  sleep: sleepWith((wake, ms) => {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  }),
};

export const systemRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };
