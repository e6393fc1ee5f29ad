/** The clock and the randomness of a page, a worker or any other program: what every JavaScript engine has. */
import { type Clock, type Random, sleepWith } from "../core/clock.ts";

export const webClock: Clock = {
  now: () => Date.now(),
  // Some engines of apps have no performance.
  elapsedMs: () => (typeof performance === "undefined" ? Date.now() : performance.now()),
  sleep: sleepWith((wake, ms) => {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  }),
};

/**
 * A page on plain http has it too, unlike crypto.subtle. React Native has none unless the app adds it; the SDK needs
 * randomness for the waits between two attempts only.
 */
export const webRandom: Random = {
  bytes(length) {
    const bytes = new Uint8Array(length);
    if (typeof crypto !== "undefined") return crypto.getRandomValues(bytes);
    return bytes.map(() => Math.floor(Math.random() * 256));
  },
};
