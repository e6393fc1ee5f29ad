import type { Elapsed } from "./clock.ts";

/** Allows `burst` at once and `perSecond` in the long run. */
export class TokenBucket {
  readonly #clock: Elapsed;
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(options: { perSecond: number; burst: number }, modules: { clock: Elapsed }) {
    this.#clock = modules.clock;
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#tokens = options.burst;
    this.#filledAtMs = modules.clock.elapsedMs();
  }

  /** Takes `count` tokens, or none and returns false. */
  take(count: number): boolean {
    const nowMs = this.#clock.elapsedMs();
    const gained = ((nowMs - this.#filledAtMs) * this.#perSecond) / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#filledAtMs = nowMs;
    if (count > this.#tokens) return false;
    this.#tokens -= count;
    return true;
  }
}
