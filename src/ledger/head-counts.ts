/** How many heads arrived under each roster auditor's keys since start, by outcome; strangers' keys count as one. */
import type { Outcome } from "./outcome.ts";

export interface HeadCount {
  /** A roster name; "" for keys that no roster auditor has. */
  readonly auditor: string;
  readonly outcome: Outcome;
  readonly count: number;
}

export class HeadCounts {
  readonly #counts: Map<string, Map<Outcome, number>> = new Map();

  /** A head whose signature is wrong is counted for the auditor whose key it names. */
  note(auditor: string, outcome: Outcome): void {
    const ofAuditor = this.#counts.get(auditor) ?? new Map<Outcome, number>();
    this.#counts.set(auditor, ofAuditor);
    ofAuditor.set(outcome, (ofAuditor.get(outcome) ?? 0) + 1);
  }

  report(): HeadCount[] {
    return [...this.#counts].flatMap(([auditor, ofAuditor]) =>
      [...ofAuditor].map(([outcome, count]) => ({ auditor, outcome, count })),
    );
  }
}
