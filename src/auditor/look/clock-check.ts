/** May a claim carry this time? [a clock jump silences or contradicts an honest auditor] */
import type { Clock } from "../../core/clock.ts";

export interface TimeWitnesses {
  readonly previousClaimMs: number | undefined;
  /** What the source's clock shows now. */
  readonly sourceMs: number | undefined;
  /** The times of the newest heads of other auditors. */
  readonly headTimesMs: readonly number[];
}

/**
 * What is wrong with the clock, for a person, or undefined.
 *
 * With both witnesses known both must disagree with the clock: neither a source nor a few auditors can stop an honest
 * auditor by lying about the time. Heads are as old as the log is quiet, so alone they only tell of a clock that is
 * behind them.
 */
export function clockProblem(nowMs: number, witnesses: TimeWitnesses, toleranceMs: number): string | undefined {
  const { previousClaimMs, sourceMs } = witnesses;
  if (previousClaimMs !== undefined && nowMs < previousClaimMs) {
    return `the clock shows ${utc(nowMs)}, but the last claim was made at ${utc(previousClaimMs)}: set this machine's clock`;
  }
  const headsMs = median(witnesses.headTimesMs);
  const offSource = sourceMs !== undefined && Math.abs(nowMs - sourceMs) > toleranceMs;
  if (offSource && (headsMs === undefined || Math.abs(nowMs - headsMs) > toleranceMs)) {
    const heads = headsMs === undefined ? "" : `, the other auditors' heads ${utc(headsMs)}`;
    return `the clock shows ${utc(nowMs)}, the source ${utc(sourceMs)}${heads}: set this machine's clock`;
  }
  if (sourceMs === undefined && headsMs !== undefined && nowMs < headsMs - toleranceMs) {
    return `the clock shows ${utc(nowMs)}, the other auditors' heads ${utc(headsMs)}: set this machine's clock`;
  }
  return undefined;
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
