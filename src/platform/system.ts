/** The only file that uses the machine's clock, timers and randomness. Everything else is given these ports. */
import { randomBytes } from "node:crypto";
import { type Clock, type Elapsed, type Random, sleepWith } from "../core/clock.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: sleepWith((wake, ms) => {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  }),
};

export const systemElapsed: Elapsed = { elapsedMs: () => performance.now() };

export const systemRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };
