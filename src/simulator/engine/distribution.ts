/**
 * Distributions of times. Whole numbers, + - * / and tables alone: Math.pow and Math.log give other bits on other
 * engines, and a trace must not.
 */
import type { RandomStream } from "./random-streams.ts";

/**
 * A number: always that. uniform: between the two. quantiles: ascending [fraction from 0 to 1, value] pairs, linear
 * between them, as latency measurements are published; the first fraction is 0 and the last 1.
 */
export type Distribution =
  | number
  | { readonly uniform: readonly [number, number] }
  | { readonly quantiles: readonly (readonly [number, number])[] };

export function draw(distribution: Distribution, random: RandomStream): number {
  if (typeof distribution === "number") return distribution;
  if ("uniform" in distribution) {
    const [low, high] = distribution.uniform;
    return low + random.unit() * (high - low);
  }
  return atQuantile(distribution.quantiles, random.unit());
}

function atQuantile(quantiles: readonly (readonly [number, number])[], at: number): number {
  let before: readonly [number, number] = quantiles[0] ?? [0, 0];
  for (const point of quantiles) {
    if (at < point[0]) {
      const width = point[0] - before[0];
      return before[1] + ((at - before[0]) / width) * (point[1] - before[1]);
    }
    before = point;
  }
  return before[1];
}

/** A drawn number of milliseconds as whole microseconds. */
export function drawUs(distributionMs: Distribution, random: RandomStream): number {
  return Math.max(0, Math.round(draw(distributionMs, random) * 1000));
}
