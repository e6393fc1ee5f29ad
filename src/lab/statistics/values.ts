/** Plain numbers that every world has: means, quantiles, and how far apart two samples are. */

import type { MeanEstimate } from "./estimates.ts";
import { CONFIDENCE, twoSidedT } from "./normal.ts";

/** A mean with Student's interval. */
export function meanEstimate(values: readonly number[], confidence: number = CONFIDENCE): MeanEstimate {
  const count = values.length;
  if (count === 0) return { count, mean: null, low: null, high: null };
  const mean = sum(values) / count;
  if (count === 1) return { count, mean, low: null, high: null };
  const variance = sum(values.map((value) => (value - mean) * (value - mean))) / (count - 1);
  const half = twoSidedT(count - 1, confidence) * Math.sqrt(variance / count);
  return { count, mean, low: mean - half, high: mean + half };
}

/**
 * The smallest value that at least this part of all values does not exceed: one that occurred, never one between two.
 */
export function quantile(values: readonly number[], part: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  // 0.9 * 10 is 9.000000000000002 in binary fractions for some sizes: without the slack the rank would be one too high.
  const rank = Math.max(1, Math.ceil(part * sorted.length - 1e-9));
  return sorted[rank - 1] ?? null;
}

/**
 * The largest distance between the two samples' distribution functions (Kolmogorov and Smirnov). Neither sample is
 * empty.
 */
export function kolmogorovSmirnovDistance(first: readonly number[], second: readonly number[]): number {
  const a = [...first].sort((x, y) => x - y);
  const b = [...second].sort((x, y) => x - y);
  let i = 0;
  let j = 0;
  let largest = 0;
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && (a[i] as number) <= value) i++;
    while (j < b.length && (b[j] as number) <= value) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/**
 * What the distance exceeds with probability `significance` only if both samples come from one distribution: Smirnov's
 * large-sample form. Ties, and small samples, make it err towards "no difference".
 */
export function kolmogorovSmirnovCritical(firstCount: number, secondCount: number, significance = 0.05): number {
  return Math.sqrt((-Math.log(significance / 2) / 2) * ((firstCount + secondCount) / (firstCount * secondCount)));
}

/** Kahan's compensated sum: byte counts of a thousand worlds keep their last digits. */
export function sum(values: readonly number[]): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const corrected = value - lost;
    const next = total + corrected;
    lost = next - total - corrected;
    total = next;
  }
  return total;
}
