/**
 * Epochs of which all heads held name one digest: one more head for it changes no case, so the others need not be read
 * and decoded again. With ten auditors that is nine tenths of the reads that a head costs.
 *
 * Used inside the ledger's commits alone, where nothing else writes. Forgetting an entry costs a read, never a case.
 */
import { equalBytes } from "../core/bytes.ts";

/** A day of epochs of 30 s has 2,880. 100 bytes each. */
const MAX_EPOCHS = 8_192;

export class UnanimousEpochs {
  readonly #digests: Map<string, Uint8Array> = new Map();

  /** True when every head held for the epoch, the provider's included, is known to name this digest. */
  agree(namespace: string, epoch: number, digest: Uint8Array): boolean {
    const held = this.#digests.get(keyOf(namespace, epoch));
    return held !== undefined && equalBytes(held, digest);
  }

  /** Once it is visible in the store. */
  note(namespace: string, epoch: number, digest: Uint8Array): void {
    this.#digests.set(keyOf(namespace, epoch), digest);
    if (this.#digests.size <= MAX_EPOCHS) return;
    for (const oldest of this.#digests.keys()) {
      this.#digests.delete(oldest);
      break;
    }
  }

  forget(namespace: string, epoch: number): void {
    this.#digests.delete(keyOf(namespace, epoch));
  }
}

function keyOf(namespace: string, epoch: number): string {
  return `${namespace}\n${epoch}`;
}
