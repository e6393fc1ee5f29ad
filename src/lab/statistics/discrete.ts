/**
 * Binomial and hypergeometric probabilities, exact to about 13 digits for populations up to billions and probabilities
 * down to 2^-1000 and below: Loader's saddle-point form (2000), which R uses too, since log n! of large n loses the
 * digits that matter.
 */

/** The natural logarithm of the probability of exactly `hits` in `trials` of which each hits with this probability. */
export function logBinomial(hits: number, trials: number, probability: number): number {
  if (hits < 0 || hits > trials) return -Infinity;
  if (probability <= 0) return hits === 0 ? 0 : -Infinity;
  if (probability >= 1) return hits === trials ? 0 : -Infinity;
  const misses = trials - hits;
  if (hits === 0) return trials * Math.log1p(-probability);
  if (misses === 0) return trials * Math.log(probability);
  return (
    stirlingError(trials) -
    stirlingError(hits) -
    stirlingError(misses) -
    deviance(hits, trials * probability) -
    deviance(misses, trials * (1 - probability)) -
    0.5 * Math.log(2 * Math.PI * hits * (misses / trials))
  );
}

/** At least `hits` of `trials`; the logarithm, so that 2^-256 can be told from nothing. */
export function logBinomialAtLeast(hits: number, trials: number, probability: number): number {
  if (hits <= 0) return 0;
  if (hits > trials) return -Infinity;
  const odds = probability / (1 - probability);
  if (hits <= trials * probability) return logComplement(logBinomialAtMost(hits - 1, trials, probability));
  return logBinomial(hits, trials, probability) + logSum(hits, trials, (k) => ((trials - k) / (k + 1)) * odds);
}

export function logBinomialAtMost(hits: number, trials: number, probability: number): number {
  if (hits < 0) return -Infinity;
  if (hits >= trials) return 0;
  const odds = (1 - probability) / probability;
  if (hits > trials * probability) return logComplement(logBinomialAtLeast(hits + 1, trials, probability));
  return logBinomial(hits, trials, probability) + logSum(0, hits, (k) => ((hits - k) / (trials - hits + k + 1)) * odds);
}

/** `drawn` are taken without putting back out of `population`, of which some are marked. */
export interface Draw {
  readonly population: number;
  readonly marked: number;
  readonly drawn: number;
}

/** The natural logarithm of the probability that exactly `hits` of the drawn are marked. */
export function logHypergeometric(hits: number, { population, marked, drawn }: Draw): number {
  if (hits < Math.max(0, drawn - (population - marked)) || hits > Math.min(drawn, marked)) return -Infinity;
  if (drawn === population || drawn === 0) return 0;
  const share = drawn / population;
  return (
    logBinomial(hits, marked, share) +
    logBinomial(drawn - hits, population - marked, share) -
    logBinomial(drawn, population, share)
  );
}

export function hypergeometric(hits: number, draw: Draw): number {
  return Math.exp(logHypergeometric(hits, draw));
}

/** At least `hits` of the drawn are marked: the chance that a quorum contains that many liars. */
export function logHypergeometricAtLeast(hits: number, draw: Draw): number {
  const { population, marked, drawn } = draw;
  const least = Math.max(0, drawn - (population - marked));
  const most = Math.min(drawn, marked);
  if (hits <= least) return 0;
  if (hits > most) return -Infinity;
  if (hits <= (drawn * marked) / population) {
    const others = { population, marked: population - marked, drawn };
    return logComplement(logHypergeometricAtLeast(drawn - hits + 1, others));
  }
  return (
    logHypergeometric(hits, draw) +
    logSum(hits, most, (k) => ((marked - k) * (drawn - k)) / ((k + 1) * (population - marked - drawn + k + 1)))
  );
}

export function hypergeometricAtLeast(hits: number, draw: Draw): number {
  return Math.exp(logHypergeometricAtLeast(hits, draw));
}

/**
 * log(1 + r(from) + r(from) r(from + 1) + ...): the rest of a tail as parts of its first term. Beyond the mean the
 * ratios fall below 1.
 */
function logSum(from: number, to: number, ratio: (k: number) => number): number {
  let term = 1;
  let sum = 1;
  for (let k = from; k < to && term > sum * 1e-17; k++) {
    term *= ratio(k);
    sum += term;
  }
  return Math.log(sum);
}

function logComplement(logProbability: number): number {
  return Math.log1p(-Math.exp(logProbability));
}

/** log n! less Stirling's approximation of it. */
function stirlingError(n: number): number {
  if (n <= 15) return logFactorial(n) - (n + 0.5) * Math.log(n) + n - 0.5 * Math.log(2 * Math.PI);
  const square = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n;
}

/** n up to 15: 15! is exact. */
function logFactorial(n: number): number {
  let product = 1;
  for (let k = 2; k <= n; k++) product *= k;
  return Math.log(product);
}

/** x log(x / mean) + mean - x, without the cancellation near x = mean. */
function deviance(x: number, mean: number): number {
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x;
  const v = (x - mean) / (x + mean);
  let sum = (x - mean) * v;
  let term = 2 * x * v;
  for (let k = 1; ; k++) {
    term *= v * v;
    const next = sum + term / (2 * k + 1);
    if (next === sum) return sum;
    sum = next;
  }
}
