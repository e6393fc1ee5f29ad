/** A token bucket over a monotonic clock: `burst` at once, `perSecond` in the long run. It may go below zero. */
export interface CostRate {
  readonly perSecondUs: number;
  readonly burstUs: number;
}

export class CostBucket {
  readonly #rate: CostRate;
  #heldUs: number;
  #filledAtMs: number;

  constructor(rate: CostRate, nowMs: number) {
    this.#rate = rate;
    this.#heldUs = rate.burstUs;
    this.#filledAtMs = nowMs;
  }

  /** What may be taken now: at most the burst, below zero while something is owed. */
  held(nowMs: number): number {
    const gainedUs = (Math.max(0, nowMs - this.#filledAtMs) * this.#rate.perSecondUs) / 1000;
    this.#heldUs = Math.min(this.#rate.burstUs, this.#heldUs + gainedUs);
    this.#filledAtMs = Math.max(this.#filledAtMs, nowMs);
    return this.#heldUs;
  }

  /** Takes the cost even where less is held; the rest is owed. A negative cost is given back. */
  take(costUs: number, nowMs: number): void {
    this.#heldUs = Math.min(this.#rate.burstUs, this.held(nowMs) - costUs);
  }
}
