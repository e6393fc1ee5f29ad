/** How sure a share is that was counted. */
import { checkCount, checkPart } from "./checks.ts";
import { logBinomialAtMost } from "./discrete.ts";
import { CONFIDENCE, twoSidedZ } from "./normal.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's score interval (1927): for a share near 0 or 1 and few trials it stays within 0 and 1 and covers about what
 * it says, where the textbook's interval shrinks to nothing. Without trials: 0 to 1.
 * Throws NUMBER_OUT_OF_RANGE for counts that cannot be, USAGE for a confidence that is none.
 */
export function wilsonInterval(happened: number, trials: number, confidence: number = CONFIDENCE): Interval {
  checkCount(trials, "trials");
  checkCount(happened, "happened", trials);
  checkPart(confidence, "confidence");
  if (trials === 0) return { low: 0, high: 1 };
  const z = twoSidedZ(confidence);
  const share = happened / trials;
  const shrink = 1 + (z * z) / trials;
  const centre = (share + (z * z) / (2 * trials)) / shrink;
  const half = (z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials))) / shrink;
  return {
    low: happened === 0 ? 0 : Math.max(0, centre - half),
    high: happened === trials ? 1 : Math.min(1, centre + half),
  };
}

/**
 * McNemar's exact test on pairs that saw the event in one run only: the probability of a split at least as uneven if
 * neither run were more likely to see it.
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  checkCount(onlyFirst, "onlyFirst");
  checkCount(onlySecond, "onlySecond");
  const pairs = onlyFirst + onlySecond;
  return Math.min(1, 2 * Math.exp(logBinomialAtMost(Math.min(onlyFirst, onlySecond), pairs, 0.5)));
}
