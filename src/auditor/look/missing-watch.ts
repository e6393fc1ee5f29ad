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

  /** Another answer that there is none. Returns for how long, once it is withheld. */
  note(epoch: number, elapsedMs: number): number | undefined {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#sinceMs = elapsedMs;
      this.#answers = 0;
    }
    this.#answers++;
    const missingMs = elapsedMs - this.#sinceMs;
    const { factFetches, withheldAfterMs } = this.#rule;
    return this.#answers >= factFetches && missingMs >= withheldAfterMs ? missingMs : undefined;
  }

  clear(): void {
    this.#epoch = undefined;
  }
}
