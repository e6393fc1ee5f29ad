/**
 * Worlds of one repeat share their random streams at every point of a sweep, so two points are compared repeat by
 * repeat: what both have in common (the weather of that seed) cancels, and far fewer repeats tell a difference.
 */
import { logBinomialAtMost } from "./discrete.ts";
import type { Observation } from "./kaplan-meier.ts";

export interface PairedTimes {
  readonly firstEarlier: number;
  readonly secondEarlier: number;
  readonly ties: number;
  /** One of the two was no longer watched when it could have been told which came first. */
  readonly unknown: number;
  /** By the exact sign test: of a count at least as uneven, if neither came earlier more often. */
  readonly probability: number;
}

/**
 * In how many pairs the event came earlier; a censored world still loses to an event that came before its watching
 * ended.
 */
export function comparePairedTimes(pairs: readonly (readonly [Observation, Observation])[]): PairedTimes {
  let firstEarlier = 0;
  let secondEarlier = 0;
  let ties = 0;
  for (const [first, second] of pairs) {
    if (first.happened && second.happened && first.timeMs === second.timeMs) ties++;
    else if (isEarlier(first, second)) firstEarlier++;
    else if (isEarlier(second, first)) secondEarlier++;
  }
  const told = firstEarlier + secondEarlier;
  return {
    firstEarlier,
    secondEarlier,
    ties,
    unknown: pairs.length - told - ties,
    probability: Math.min(1, 2 * Math.exp(logBinomialAtMost(Math.min(firstEarlier, secondEarlier), told, 0.5))),
  };
}

/** A world that was watched up to the very time of the other's event had not seen it then. */
function isEarlier(one: Observation, other: Observation): boolean {
  return one.happened && (other.happened ? one.timeMs < other.timeMs : one.timeMs <= other.timeMs);
}
