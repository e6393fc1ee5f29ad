/** What the worlds of one sweep point amount to together: what summary.json holds under "points", beside the point's values. */
import type { WorldMeasures } from "../world/measures.ts";

/** A mean with its 95 % confidence interval; `mean` is null where there was nothing to average, `low` and `high` where there was but one value. */
export interface MeanEstimate {
  readonly count: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** A share of trials with its 95 % Wilson interval; `share` is null where nothing was tried, and then the interval is 0 to 1. */
export interface ShareEstimate {
  readonly happened: number;
  readonly trials: number;
  readonly share: number | null;
  readonly low: number;
  readonly high: number;
}

/** The time by which this part of worlds has seen the event; null: not reached while anybody looked. */
export interface TimeQuantile {
  readonly part: number;
  readonly ms: number | null;
  readonly lowMs: number | null;
  readonly highMs: number | null;
}

/** When something happened, over worlds of which some were looked at until the end without it (they are censored, never dropped). */
export interface TimeToEvent {
  readonly worlds: number;
  readonly censored: number;
  /** Of worlds in which it happened before the looking ended. */
  readonly share: ShareEstimate;
  readonly median: TimeQuantile;
  /** For the parts 0.1, 0.25, 0.5, 0.75, 0.9 and 0.99 of worlds, by Kaplan and Meier. */
  readonly quantiles: readonly TimeQuantile[];
}

/** Plain quantiles of a number that every world has. */
export interface ValueQuantiles {
  readonly count: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

export interface PointEstimates {
  readonly worlds: number;
  /** null where nobody lied. */
  readonly detection: {
    readonly firstMs: TimeToEvent;
    readonly everyHonestMs: TimeToEvent;
    readonly convictionMs: TimeToEvent;
    readonly everyConvictionMs: TimeToEvent;
    readonly clientMs: TimeToEvent;
  } | null;
  readonly victimAccepted: ValueQuantiles;
  /** Total over all worlds; anything but 0 is a defect of the protocol or of this program. */
  readonly falseConvictions: number;
  readonly perNode: {
    readonly messagesSent: MeanEstimate;
    readonly messagesReceived: MeanEstimate;
    readonly duplicatesReceived: MeanEstimate;
    readonly bytesSent: MeanEstimate;
    readonly syncRounds: MeanEstimate;
    readonly syncBytes: MeanEstimate;
  };
  /** Over worlds with clients. */
  readonly quorumAvailability: MeanEstimate;
  /** Over worlds in which heads travelled. */
  readonly headDelayMs: { readonly p50: MeanEstimate; readonly p99: MeanEstimate; readonly max: MeanEstimate };
}

export function estimatePoint(_worlds: readonly WorldMeasures[]): PointEstimates {
  throw new Error("the statistics are being built");
}
