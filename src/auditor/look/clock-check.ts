/** May a claim carry this time? [a clock jump silences or contradicts an honest auditor] */
import type { Clock } from "../../core/clock.ts";

export interface TimeWitnesses {
  /** The newest claim's time, or that of a person's word after it. */
  readonly notBeforeMs: number | undefined;
  /** When a person last said that this clock was right, by this clock. */
  readonly wordMs: number | undefined;
  /** What the source's clock shows now. */
  readonly sourceMs: number | undefined;
  /** The times of the newest heads of other auditors. */
  readonly headTimesMs: readonly number[];
}

const DAY_MS = 86_400_000;
/** Long enough to catch up with any log, or to get other people's clocks set. */
const WORD_HOLDS_MS = 7 * DAY_MS;
const SET_OR_SAY =
  'set this machine\'s clock, or, if it is right, stop the node and run `coaudit claims clock --i-have-checked "..."`';

/**
 * What is wrong with the clock, for a person, or undefined. A person's word stands above all other witnesses for a
 * week.
 *
 * With both witnesses known both must disagree with the clock: neither a source nor a few auditors can stop an honest
 * auditor by lying about the time. Heads are as old as the log is quiet, so alone they only tell of a clock that is
 * behind them.
 */
export function clockProblem(nowMs: number, witnesses: TimeWitnesses, toleranceMs: number): string | undefined {
  const { notBeforeMs, sourceMs } = witnesses;
  if (notBeforeMs !== undefined && nowMs < notBeforeMs) {
    return `the clock shows ${utc(nowMs)}, but the last claim was made at ${utc(notBeforeMs)}: ${SET_OR_SAY}`;
  }
  if (isVouchedFor(nowMs, witnesses)) return undefined;
  const headsMs = median(witnesses.headTimesMs);
  const offSource = sourceMs !== undefined && Math.abs(nowMs - sourceMs) > toleranceMs;
  if (offSource && (headsMs === undefined || Math.abs(nowMs - headsMs) > toleranceMs)) {
    const heads = headsMs === undefined ? "" : `, the other auditors' heads ${utc(headsMs)}`;
    return `the clock shows ${utc(nowMs)}, the source ${utc(sourceMs)}${heads}: ${SET_OR_SAY}`;
  }
  if (sourceMs === undefined && headsMs !== undefined && nowMs < headsMs - toleranceMs) {
    return `the clock shows ${utc(nowMs)}, the other auditors' heads ${utc(headsMs)}: ${SET_OR_SAY}`;
  }
  return undefined;
}

/** Nobody here can tell how late it is, unless the listing shows when the newest epoch was published. */
export function needsListing(nowMs: number, witnesses: TimeWitnesses): boolean {
  const headsMs = median(witnesses.headTimesMs);
  const isNearHeads = headsMs !== undefined && nowMs <= headsMs + DAY_MS;
  return witnesses.sourceMs === undefined && !isNearHeads && !isVouchedFor(nowMs, witnesses);
}

/**
 * A machine whose clock stands in 2038, and whose source is a folder, would sign in 2038 and then nothing until then.
 */
export function listingProblem(nowMs: number, publishedMs: number | undefined, epoch: number): string | undefined {
  if (publishedMs === undefined || nowMs <= publishedMs + DAY_MS) return undefined;
  return `the clock shows ${utc(nowMs)}, and nothing else tells the time but the newest epoch, ${epoch}, of ${utc(publishedMs)}: ${SET_OR_SAY}`;
}

function isVouchedFor(nowMs: number, { wordMs }: TimeWitnesses): boolean {
  return wordMs !== undefined && nowMs >= wordMs && nowMs <= wordMs + WORD_HOLDS_MS;
}

/** The source's clock, from the `Date` of its listings: they are never cached, while a cached blob has an old date. */
export class SourceTime {
  readonly #clock: Clock;
  #sample: { readonly sourceMs: number | undefined; readonly receivedMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(serverDateMs: number | undefined): void {
    this.#sample = { sourceMs: serverDateMs, receivedMs: this.#clock.elapsedMs() };
  }

  /** False when the last answer is older than `maxAgeMs`. */
  isKnown(maxAgeMs: number): boolean {
    const ageMs = this.#clock.elapsedMs() - (this.#sample?.receivedMs ?? -Infinity);
    return ageMs <= maxAgeMs;
  }

  /** What the source's clock shows now; undefined for a source without one (a folder). */
  nowMs(): number | undefined {
    const { sourceMs, receivedMs } = this.#sample ?? { sourceMs: undefined, receivedMs: 0 };
    return sourceMs === undefined ? undefined : sourceMs + (this.#clock.elapsedMs() - receivedMs);
  }
}

/** The lower one of two middle values, so that it is always a time that somebody signed. */
function median(timesMs: readonly number[]): number | undefined {
  const sorted = [...timesMs].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function utc(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}
