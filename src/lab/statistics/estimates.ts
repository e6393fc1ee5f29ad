/** What statistics say of many worlds: each estimate with its interval. */

/**
 * A mean with its 95 % confidence interval; `mean` is null where there was nothing to average, `low` and `high` where
 * there was but one value.
 */
export interface MeanEstimate {
  readonly count: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * A share of trials with its 95 % Wilson interval; `share` is null where nothing was tried, and then the interval is 0
 * to 1.
 */
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

/**
 * When something happened, over worlds of which some were looked at until the end without it (they are censored, never
 * dropped).
 */
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

/** How many epochs of the other history clients accepted in a world, over all worlds. */
export interface AcceptedEpochs extends ValueQuantiles {
  /** Of worlds in which a client accepted one at least. */
  readonly share: ShareEstimate;
  readonly mean: MeanEstimate;
}
