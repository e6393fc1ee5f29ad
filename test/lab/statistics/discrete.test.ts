import { describe, expect, it } from "vitest";
import {
  hypergeometric,
  hypergeometricAtLeast,
  logBinomial,
  logBinomialAtLeast,
  logBinomialAtMost,
  logHypergeometric,
  logHypergeometricAtLeast,
} from "../../../src/lab/statistics/discrete.ts";

describe("binomial", () => {
  // scipy 1.17.1: log(stats.binom.pmf), stats.binom.logsf(hits - 1, ...), stats.binom.logcdf.
  it.each([
    [3, 10, 0.2, -1.6028268537197239],
    [50, 100, 0.5, -2.5308764039771052],
    [600_000, 1_000_000, 0.6, -7.113135898255625],
  ])("exactly %i of %i at %s is scipy's", (hits, trials, probability, expected) => {
    expect(logBinomial(hits, trials, probability)).toBeCloseTo(expected, 9);
  });

  it.each([
    [60, 100, 0.5, -3.559819203446905],
    [15, 20, 0.3, -10.055706254251737],
    [3, 10, 0.5, -0.05623971832287608],
  ])("at least %i of %i at %s is scipy's", (hits, trials, probability, expected) => {
    expect(logBinomialAtLeast(hits, trials, probability)).toBeCloseTo(expected, 10);
  });

  it.each([
    [40, 100, 0.5, -3.559819203446905],
    [2, 10, 0.5, -2.906120114864304],
    [8, 10, 0.5, -0.010800301350769714],
  ])("at most %i of %i at %s is scipy's", (hits, trials, probability, expected) => {
    expect(logBinomialAtMost(hits, trials, probability)).toBeCloseTo(expected, 10);
  });

  it("knows what cannot happen and what must", () => {
    expect(logBinomial(4, 3, 0.5)).toBe(-Infinity);
    expect(logBinomial(0, 3, 0)).toBe(0);
    expect(logBinomial(3, 3, 1)).toBe(0);
    expect(logBinomialAtLeast(0, 3, 0.1)).toBe(0);
    expect(logBinomialAtLeast(4, 3, 0.1)).toBe(-Infinity);
    expect(logBinomialAtMost(-1, 3, 0.1)).toBe(-Infinity);
    expect(logBinomialAtMost(3, 3, 0.1)).toBe(0);
  });
});

describe("hypergeometric", () => {
  // Whole numbers of any size: what the logarithms must agree with.
  it.each([
    { population: 7, marked: 3, drawn: 4 },
    { population: 50, marked: 5, drawn: 10 },
    { population: 400, marked: 133, drawn: 60 },
    { population: 30, marked: 20, drawn: 25 },
  ])("agrees with exact whole numbers for every count out of $drawn of $population", (draw) => {
    for (let hits = 0; hits <= draw.drawn; hits++) {
      const exact = exactHypergeometric(hits, draw);
      if (exact === 0) expect(hypergeometric(hits, draw)).toBe(0);
      else expect(hypergeometric(hits, draw) / exact).toBeCloseTo(1, 11);
      let tail = 0;
      for (let more = draw.drawn; more >= hits; more--) tail += exactHypergeometric(more, draw);
      if (tail === 0) expect(hypergeometricAtLeast(hits, draw)).toBe(0);
      else expect(hypergeometricAtLeast(hits, draw) / tail).toBeCloseTo(1, 11);
    }
  });

  // scipy 1.17.1: stats.hypergeom.sf(hits - 1, population, marked, drawn).
  it.each([
    [4, { population: 50, marked: 5, drawn: 10 }, 0.0040835205497555165],
    [2, { population: 100, marked: 10, drawn: 20 }, 0.6369505657923428],
    [20, { population: 1000, marked: 200, drawn: 40 }, 1.3769655339219489e-5],
    [14, { population: 1000, marked: 333, drawn: 20 }, 0.0007735616353924277],
  ])("at least %i of a draw is scipy's", (hits, draw, expected) => {
    expect(hypergeometricAtLeast(hits, draw) / expected).toBeCloseTo(1, 9);
  });

  it("tells probabilities of a billion users that a floating number can't hold", () => {
    const draw = { population: 2 ** 30, marked: 2 ** 27, drawn: 40_000 };
    expect(logHypergeometricAtLeast(8_000, draw) / Math.LN2).toBeLessThan(-1_100);
    expect(logHypergeometric(5_000, draw)).toBeGreaterThan(-6);
  });
});

function exactHypergeometric(hits: number, draw: { population: number; marked: number; drawn: number }): number {
  const { population, marked, drawn } = draw;
  const scale = 10n ** 120n;
  const ways = choose(marked, hits) * choose(population - marked, drawn - hits);
  return Number(`${(ways * scale) / choose(population, drawn)}e-120`);
}

function choose(of: number, count: number): bigint {
  if (count < 0 || count > of) return 0n;
  let ways = 1n;
  for (let k = 1; k <= count; k++) ways = (ways * BigInt(of - count + k)) / BigInt(k);
  return ways;
}
