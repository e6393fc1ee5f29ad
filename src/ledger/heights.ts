/**
 * How far each namespace has come, to tell a head that is due from one that a liar dates into the far future. [a roster
 * key fills the disk with heads of epochs that will never be]
 */

/** At one epoch every 30 s this is 34 hours. */
export const MAX_AHEAD_EPOCHS = 4096;

export class Heights {
  readonly #faultBound: () => number;
  readonly #signed: Map<string, Map<string, number>> = new Map();
  readonly #verified: Map<string, number> = new Map();

  constructor(faultBound: () => number) {
    this.#faultBound = faultBound;
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
   * docs/protocol.md 6.3. True within MAX_AHEAD_EPOCHS of the highest epoch that this node verified or that f + 1
   * auditors signed.
   */
  isWithinReach(namespace: string, epoch: number): boolean {
    const signed = [...(this.#signed.get(namespace)?.values() ?? [])].sort((a, b) => b - a);
    const byQuorum = signed[this.#faultBound()] ?? 0;
    return epoch <= Math.max(byQuorum, this.#verified.get(namespace) ?? 0) + MAX_AHEAD_EPOCHS;
  }
}
