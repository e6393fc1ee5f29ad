/**
 * How far each namespace has come, to tell a head that is due from one that a liar dates into the far future. [a roster
 * key fills the disk with heads of epochs that will never be]
 */

import { type Assumptions, faultBoundNow } from "../core/evidence.ts";
import { NOW_EPOCH } from "../core/roster.ts";

/** At one epoch every 30 s this is 34 hours. */
export const MAX_AHEAD_EPOCHS = 4096;

export class Heights {
  readonly #assumptions: () => Assumptions;
  readonly #signed: Map<string, Map<string, number>> = new Map();
  readonly #verified: Map<string, number> = new Map();

  constructor(assumptions: () => Assumptions) {
    this.#assumptions = assumptions;
  }

  of(namespace: string, auditor: string): number {
    return this.#signed.get(namespace)?.get(auditor) ?? 0;
  }

  /** A valid signature of this auditor for this epoch was seen, whether the head was stored or not. */
  raise(namespace: string, auditor: string, epoch: number): void {
    const heights = this.#signed.get(namespace) ?? new Map<string, number>();
    this.#signed.set(namespace, heights);
    heights.set(auditor, Math.max(epoch, heights.get(auditor) ?? 0));
  }

  setVerified(namespace: string, epoch: number): void {
    this.#verified.set(namespace, Math.max(epoch, this.#verified.get(namespace) ?? 0));
  }

  /**
   * The height of auditors that are in the roster now that f + 1 of them reached: at least one of these is honest. A
   * retired auditor's height counts no more, whoever holds its key.
   */
  reachedByBound(namespace: string): number {
    const assumptions = this.#assumptions();
    const members = assumptions.roster.membersAt(namespace, NOW_EPOCH);
    const signed = members.map((auditor) => this.of(namespace, auditor)).sort((a, b) => b - a);
    return signed[faultBoundNow(namespace, assumptions)] ?? 0;
  }

  /** The highest epoch that this node verified or that f + 1 auditors signed. */
  reached(namespace: string): number {
    return Math.max(this.reachedByBound(namespace), this.#verified.get(namespace) ?? 0);
  }

  isWithinReach(namespace: string, epoch: number): boolean {
    return epoch <= this.reached(namespace) + MAX_AHEAD_EPOCHS;
  }
}
