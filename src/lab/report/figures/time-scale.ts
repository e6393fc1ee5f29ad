/** An axis of times: straight, or by powers of ten where milliseconds and minutes stand side by side. */
import { durationText, timeTicks } from "../page/time-text.js";

export interface TimeScale {
  readonly type: "linear" | "log";
  readonly domain: readonly [number, number];
  /** In milliseconds. */
  readonly ticks: readonly number[];
  /** Into the domain: on a scale of powers there is no 0. */
  clamp(ms: number): number;
  /** 0 at the beginning of the domain, 1 at its end. */
  part(ms: number): number;
}

/** Beyond this ratio of the largest to the smallest time a straight axis hides the small ones. */
const LARGEST_STRAIGHT_RATIO = 40;
/** More words than this overlap below a figure as narrow as a phone takes. */
const MOST_TICKS = 5;

export function timeScale(eventTimesMs: readonly number[], untilMs: number): TimeScale {
  const smallest = eventTimesMs.filter((ms) => ms > 0).reduce((least, ms) => Math.min(least, ms), untilMs);
  if (untilMs / smallest <= LARGEST_STRAIGHT_RATIO) return straightTimeScale(untilMs);
  const from = 10 ** Math.floor(Math.log10(smallest) + 1e-9);
  const decades = Math.log10(untilMs / from);
  const between = decades <= 2 ? [1, 3] : [1];
  const ticks: number[] = [];
  for (let power = from; power <= untilMs; power *= 10)
    for (const times of between) if (power * times <= untilMs * 1.0001) ticks.push(power * times);
  const clamp = (ms: number): number => Math.min(untilMs, Math.max(from, ms));
  const part = (ms: number): number => Math.log(clamp(ms) / from) / Math.log(untilMs / from);
  return { type: "log", domain: [from, untilMs], ticks, clamp, part };
}

export function straightTimeScale(untilMs: number): TimeScale {
  const ticks = timeTicks(0, untilMs * 1000, MOST_TICKS).map(({ atUs }) => atUs / 1000);
  const clamp = (ms: number): number => Math.min(untilMs, Math.max(0, ms));
  return { type: "linear", domain: [0, untilMs], ticks, clamp, part: (ms) => clamp(ms) / untilMs };
}

export function tickText(ms: number): string {
  return durationText(Math.round(ms * 1000));
}
