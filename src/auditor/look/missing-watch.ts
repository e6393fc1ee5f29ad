/**
 * An epoch that exists, as others or the listing say, but that this auditor cannot fetch: since when, and how many
 * attempts failed.
 */

export interface MissingRule {
  readonly withheldAfterMs: number;
  /** The least number of "there is none" answers: one after a long outage is not enough. */
  readonly factFetches: number;
}

export class MissingWatch {
  readonly #rule: MissingRule;
  #epoch: number | undefined;
  #sinceMs = 0;
  #answers = 0;

  constructor(rule: MissingRule) {
    this.#rule = rule;
  }

  /** True while an epoch is missing: caches are then not to be trusted. */
  get isMissing(): boolean {
    return this.#epoch !== undefined;
  }

  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Another answer that there is none. Returns true once it is withheld. */
  note(epoch: number, nowMs: number): boolean {
    if (epoch !== this.#epoch || nowMs < this.#sinceMs) {
      this.#epoch = epoch;
      this.#sinceMs = nowMs;
      this.#answers = 0;
    }
    this.#answers++;
    return this.#answers >= this.#rule.factFetches && nowMs - this.#sinceMs >= this.#rule.withheldAfterMs;
  }

  clear(): void {
    this.#epoch = undefined;
  }
}
