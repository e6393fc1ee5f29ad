/**
 * Questions whose answers are known from arithmetic or a paper, put to whole worlds. Where the two differ by more than
 * chance, one of them is wrong. The acceptance tests and `npm run known-answers` both ask them.
 */
import type { Scenario } from "../../simulator/scenario/scenario.ts";
import type { WorldMeasures } from "../../simulator/world/measures.ts";
import { runWorld } from "../../simulator/world/run-world.ts";
import { type Interval, wilsonInterval } from "../statistics/shares.ts";

/** How often something happens, over worlds that differ by their seed alone. */
export interface KnownShare {
  readonly name: string;
  readonly rule: string;
  readonly expected: number;
  readonly scenario: Scenario;
  readonly happened: (measures: WorldMeasures) => boolean;
}

/** A number that every world keeps within bounds. */
export interface KnownBounds {
  readonly name: string;
  readonly rule: string;
  readonly expected: Interval;
  readonly scenario: Scenario;
  readonly number: (measures: WorldMeasures) => number | null;
}

export interface MeasuredShare extends Interval {
  readonly happened: number;
  readonly worlds: number;
  readonly agrees: boolean;
}

export interface MeasuredBounds {
  readonly least: number;
  readonly most: number;
  readonly worlds: number;
  readonly agrees: boolean;
}

/**
 * Why so high: at 0.99 one in a hundred right answers would be called wrong, and a list of ten would fail at every
 * tenth change of a random stream.
 */
export const AGREEMENT_CONFIDENCE = 0.999;

/**
 * Worlds with the seeds `firstSeed`, `firstSeed` + 1, ... Questions that share seeds share what their clients draw, and
 * would all lean the same way.
 */
export async function measureShare(known: KnownShare, worlds: number, firstSeed: number): Promise<MeasuredShare> {
  let happened = 0;
  for (let i = 0; i < worlds; i++) {
    const { measures } = await runWorld({ scenario: known.scenario, seed: firstSeed + i });
    if (known.happened(measures)) happened++;
  }
  const interval = wilsonInterval(happened, worlds, AGREEMENT_CONFIDENCE);
  return { happened, worlds, ...interval, agrees: interval.low <= known.expected && known.expected <= interval.high };
}

/** Worlds with the seeds 1, 2, ... A world without the number agrees with nothing. */
export async function measureBounds(known: KnownBounds, worlds: number): Promise<MeasuredBounds> {
  const numbers: number[] = [];
  for (let seed = 1; seed <= worlds; seed++) {
    const { measures } = await runWorld({ scenario: known.scenario, seed });
    numbers.push(known.number(measures) ?? Number.NaN);
  }
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return { least, most, worlds, agrees: least >= known.expected.low && most <= known.expected.high };
}
