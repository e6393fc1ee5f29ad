import type { Clock } from "./clock.ts";

/** Allows `burst` at once and `perSecond` in the long run. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(options: { perSecond: number; burst: number }, modules: { clock: Clock }) {
    this.#clock = modules.clock;
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#tokens = options.burst;
    this.#filledAtMs = modules.clock.now();
  }

  /** Takes `count` tokens, or none and returns false. A clock that jumps back adds nothing. */
  take(count: number): boolean {
    const nowMs = this.#clock.now();
    const gained = (Math.max(0, nowMs - this.#filledAtMs) * this.#perSecond) / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#filledAtMs = nowMs;
    if (count > this.#tokens) return false;
    this.#tokens -= count;
    return true;
  }
}
