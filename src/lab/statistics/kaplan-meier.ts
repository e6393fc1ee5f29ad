/**
 * The share of worlds that have not yet seen an event, as a function of time, when some worlds were watched to their
 * end without it. Such a world is censored: it says "later than this", and a mean over the others would say that
 * undetected lies are detected fast.
 */

import { checkObservations, checkPart } from "./checks.ts";
import type { TimeQuantile } from "./estimates.ts";
import { CONFIDENCE, twoSidedZ } from "./normal.ts";

export interface Observation {
  /** When it happened, or how long somebody looked without seeing it. */
  readonly timeMs: number;
  readonly happened: boolean;
}

/** From `timeMs` on. */
export interface SurvivalStep {
  readonly timeMs: number;
  /** Worlds still watched just before. */
  readonly atRisk: number;
  readonly events: number;
  /** Worlds whose watching ended at this time, without the event; they count as at risk at it. */
  readonly censored: number;
  /** The share of worlds that have not seen it. */
  readonly survival: number;
  /** Greenwood's variance of `survival`; null at 0, where it is not defined. */
  readonly variance: number | null;
  readonly low: number;
  readonly high: number;
}

/** One step for every time at which something happened or a watching ended, in order of time. Throws USAGE. */
export function kaplanMeier(
  observations: readonly Observation[],
  confidence: number = CONFIDENCE,
): readonly SurvivalStep[] {
  checkObservations(observations, "observations");
  checkPart(confidence, "confidence");
  const z = twoSidedZ(confidence);
  const sorted = [...observations].sort((a, b) => a.timeMs - b.timeMs);
  const steps: SurvivalStep[] = [];
  let survival = 1;
  let greenwood = 0;
  let band = { low: 1, high: 1 };
  for (let first = 0; first < sorted.length; ) {
    const timeMs = (sorted[first] as Observation).timeMs;
    const atRisk = sorted.length - first;
    let events = 0;
    let next = first;
    for (; sorted[next]?.timeMs === timeMs; next++) if (sorted[next]?.happened === true) events++;
    if (events > 0) {
      if (events === atRisk) band = allGone(band.high, atRisk, confidence);
      survival *= 1 - events / atRisk;
      greenwood += events / (atRisk * (atRisk - events));
      if (events < atRisk) band = logLogBand(survival, greenwood, z);
    }
    steps.push({
      timeMs,
      atRisk,
      events,
      censored: next - first - events,
      survival,
      variance: survival === 0 ? null : survival * survival * greenwood,
      ...band,
    });
    first = next;
  }
  return steps;
}

/**
 * The time by which `part` of worlds has seen the event, with limits where the bands cross (Brookmeyer and Crowley
 * 1982); null: not reached while anybody looked. A part of 1 is the time by which all have. Throws USAGE for a part
 * that is not above 0 and at most 1.
 */
export function timeQuantile(steps: readonly SurvivalStep[], part: number): TimeQuantile {
  if (part !== 1) checkPart(part, "part");
  // 1 - 0.9 is a little under 0.1; a curve that is at 0.1 has reached it.
  const left = 1 - part + 1e-9;
  const reached = (of: (step: SurvivalStep) => number) => steps.find((step) => of(step) <= left)?.timeMs ?? null;
  return {
    part,
    ms: reached((step) => step.survival),
    lowMs: reached((step) => step.low),
    highMs: reached((step) => step.high),
  };
}

/**
 * On the scale of log(-log S), where bands stay within 0 and 1 and cover what they say with a few dozen worlds
 * (Kalbfleisch and Prentice).
 */
function logLogBand(survival: number, greenwood: number, z: number): { low: number; high: number } {
  const spread = Math.exp((z * Math.sqrt(greenwood)) / Math.log(survival));
  return { low: survival ** (1 / spread), high: survival ** spread };
}

/**
 * Where the curve falls to 0 Greenwood's variance is not defined, and programs print "not available" even if a thousand
 * worlds saw the event at one and the same time. All `atRisk` of the remaining worlds saw it: by the exact binomial
 * limit the share that would not is below 1 - (significance / 2)^(1 / atRisk), of what the band before left.
 */
function allGone(highBefore: number, atRisk: number, confidence: number): { low: number; high: number } {
  return { low: 0, high: highBefore * -Math.expm1(Math.log((1 - confidence) / 2) / atRisk) };
}
