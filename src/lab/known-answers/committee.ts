/**
 * How large a random committee must be so that liars alone can't carry two histories: the analysis of Brorsson, Pagnin,
 * David and Stankovski Wagner, Consistency-or-Die: Consistency for Key Transparency (IACR ePrint 2024/879), as their
 * program quorum_stats computes it.
 *
 * Each of `users` sits on the committee with probability size / users, on its own. A view is accepted with at least k
 * endorsements. A provider that splits the honest users in two halves gathers the endorsements of all liars and of half
 * of the honest on either side; silent users endorse nothing.
 */
import { logBinomialAtLeast, logBinomialAtMost } from "../statistics/discrete.ts";

export interface Population {
  readonly users: number;
  readonly honest: number;
  readonly malicious: number;
}

export interface Cutoff {
  /** Endorsements that a view needs. */
  readonly quorum: number;
  /** log2 of the chance that the honest members are too few for it: nobody learns anything. */
  readonly log2TooFew: number;
  /** log2 of the chance that liars and half of the honest are enough: both histories are accepted. */
  readonly log2TwoViews: number;
}

/**
 * The smallest k at which too few honest members are likelier than two accepted views: there the worse of both is
 * least.
 */
export function committeeCutoff({ users, honest, malicious }: Population, expectedSize: number): Cutoff {
  const probability = expectedSize / users;
  const either = malicious + Math.floor(honest / 2);
  const tails = (k: number) => ({
    log2TooFew: logBinomialAtMost(k, honest, probability) / Math.LN2,
    log2TwoViews: logBinomialAtLeast(k + 1, either, probability) / Math.LN2,
  });
  let low = 0;
  let high = Math.floor(probability * honest);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { log2TooFew, log2TwoViews } = tails(middle);
    if (log2TooFew > log2TwoViews) high = middle;
    else low = middle + 1;
  }
  return { quorum: low, ...tails(low) };
}

/**
 * The smallest expected size at which both chances are at most 2^-bits. The chance falls with the size but for steps of
 * one endorsement.
 */
export function committeeSize(population: Population, bits: number): number {
  const isEnough = (size: number) => committeeCutoff(population, size).log2TooFew <= -bits;
  let high = 1;
  while (!isEnough(high)) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
