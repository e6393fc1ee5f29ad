/**
 * Whether two groups of worlds differ in when something happens, censored worlds included: the log-rank test (Mantel
 * 1966).
 */
import { checkObservations } from "./checks.ts";
import type { Observation } from "./kaplan-meier.ts";
import { normalUpperTail } from "./normal.ts";

export interface LogRank {
  /** Events that the first group would have if both groups were alike, and those that it had. */
  readonly expectedFirst: number;
  readonly observedFirst: number;
  /** With one degree of freedom. */
  readonly chiSquare: number;
  /**
   * Of so large a difference, or a larger one, between groups that are alike; null where nothing happened that could
   * tell.
   */
  readonly probability: number | null;
}

export function logRank(first: readonly Observation[], second: readonly Observation[]): LogRank {
  checkObservations(first, "first");
  checkObservations(second, "second");
  const times = [...new Set([...first, ...second].filter(({ happened }) => happened).map(({ timeMs }) => timeMs))];
  let expectedFirst = 0;
  let observedFirst = 0;
  let variance = 0;
  for (const timeMs of times) {
    const atRiskFirst = first.filter((one) => one.timeMs >= timeMs).length;
    const atRisk = atRiskFirst + second.filter((one) => one.timeMs >= timeMs).length;
    const eventsFirst = eventsAt(first, timeMs);
    const events = eventsFirst + eventsAt(second, timeMs);
    observedFirst += eventsFirst;
    expectedFirst += (events * atRiskFirst) / atRisk;
    if (atRisk > 1) {
      variance += (events * (atRiskFirst / atRisk) * (1 - atRiskFirst / atRisk) * (atRisk - events)) / (atRisk - 1);
    }
  }
  if (variance === 0) return { expectedFirst, observedFirst, chiSquare: 0, probability: null };
  const difference = observedFirst - expectedFirst;
  const chiSquare = (difference * difference) / variance;
  return { expectedFirst, observedFirst, chiSquare, probability: 2 * normalUpperTail(Math.sqrt(chiSquare)) };
}

function eventsAt(observations: readonly Observation[], timeMs: number): number {
  return observations.filter((one) => one.happened && one.timeMs === timeMs).length;
}
