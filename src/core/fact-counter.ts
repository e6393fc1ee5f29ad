/**
 * When does what was seen count as a fact? When enough looks past all caches agree over a long enough time
 * (docs/protocol.md).
 */

export interface FactRule {
  readonly factFetches: number;
  readonly factSpanMs: number;
}

export class FactCounter {
  readonly #rule: FactRule;
  #fingerprint: string | undefined;
  #firstMs = 0;
  #lastMs = 0;
  #looks = 0;

  constructor(rule: FactRule) {
    this.#rule = rule;
  }

  /** How many looks in a row gave the same answer. */
  get looks(): number {
    return this.#looks;
  }

  /** The wait between two looks, so that the minimum number of looks just spans the time. */
  get intervalMs(): number {
    return Math.ceil(this.#rule.factSpanMs / Math.max(1, this.#rule.factFetches - 1));
  }

  /** Counts from one again if the answer differs from the previous one. `elapsedMs` only ever grows. */
  note(fingerprint: string, elapsedMs: number): void {
    if (fingerprint !== this.#fingerprint) {
      this.#fingerprint = fingerprint;
      this.#firstMs = elapsedMs;
      this.#looks = 0;
    }
    this.#lastMs = elapsedMs;
    this.#looks++;
  }

  isFact(): boolean {
    return this.#looks >= this.#rule.factFetches && this.#lastMs - this.#firstMs >= this.#rule.factSpanMs;
  }
}
