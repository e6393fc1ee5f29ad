/** A suspicion about the next epoch: from the first wrong look until it is right again, or a fact. */

import { type Clock, type Random, randomBelow } from "../../core/clock.ts";
import { counted } from "../../core/counted.ts";
import { FactCounter, type FactRule } from "../../core/fact-counter.ts";
import type { Accusation } from "./accusation.ts";
import type { LookRequest } from "./examiner.ts";

export class Suspicion {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #counter: FactCounter;
  readonly #rule: FactRule;
  #nextDepth: LookRequest["depth"] = "keep";
  #nextLookMs: number;
  #accusation: Accusation;

  /**
   * `accusation` is what a first look through the caches found: it does not count. [a corrupt replica frames the
   * provider]
   */
  constructor(accusation: Accusation, rule: FactRule, modules: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = modules.clock;
    this.#random = modules.random;
    this.#rule = rule;
    this.#counter = new FactCounter(rule);
    this.#accusation = accusation;
    this.#nextLookMs = this.#clock.elapsedMs();
  }

  get accusation(): Accusation {
    return this.#accusation;
  }

  get nextDepth(): LookRequest["depth"] {
    return this.#nextDepth;
  }

  get progress(): string {
    return `seen alike past all caches ${counted(this.#counter.looks, "time")}, a fact after ${this.#rule.factFetches} over ${this.#rule.factSpanMs / 1000} s`;
  }

  /** The wait until the next look is due; 0: now. */
  get waitMs(): number {
    return Math.max(0, this.#nextLookMs - this.#clock.elapsedMs());
  }

  /** What the look of `nextDepth` found. Returns true if it is now a fact. */
  note(accusation: Accusation): boolean {
    this.#accusation = accusation;
    if (this.#nextDepth === "keep") {
      this.#nextDepth = "fresh";
      return false;
    }
    this.#counter.note(accusation.fingerprint, this.#clock.elapsedMs());
    this.#nextLookMs = this.#clock.elapsedMs() + this.#counter.intervalMs + this.#jitterMs();
    return this.#counter.isFact();
  }

  /** Auditors that saw the same at the same time must not all come back at the same time. */
  #jitterMs(): number {
    return randomBelow(this.#random, Math.ceil(this.#counter.intervalMs / 10) + 1);
  }
}
