/** The audit blobs that a practice provider still keeps; the oldest epochs are dropped first. */
import { toHex } from "../core/bytes.ts";
import { CoauditError } from "../core/errors.ts";
import type { BlobKey, Branch, PublishedEpoch } from "./log.ts";
import type { Publication } from "./tree.ts";

interface Kept {
  readonly epoch: PublishedEpoch;
  readonly proofs: Readonly<Record<Branch, Uint8Array>>;
  readonly sizeBytes: number;
}

const DEFAULT_KEEP_BYTES = 256 * 2 ** 20;

export class KeptBlobs {
  readonly #keepBytes: number;
  readonly #kept: Map<number, Kept> = new Map();
  #sizeBytes = 0;

  constructor(keepBytes: number = DEFAULT_KEEP_BYTES) {
    this.#keepBytes = keepBytes;
  }

  keep(main: Publication, fork: Publication | undefined): PublishedEpoch {
    const epoch: PublishedEpoch = { main: keyOf(main), ...(fork === undefined ? {} : { fork: keyOf(fork) }) };
    const proofs = { main: main.proof, fork: fork?.proof ?? main.proof };
    const sizeBytes = main.proof.length + (fork?.proof.length ?? 0);
    this.#kept.set(main.epoch, { epoch, proofs, sizeBytes });
    this.#sizeBytes += sizeBytes;
    for (const [oldest, kept] of this.#kept) {
      if (this.#sizeBytes <= this.#keepBytes || oldest === main.epoch) break;
      this.#kept.delete(oldest);
      this.#sizeBytes -= kept.sizeBytes;
    }
    return epoch;
  }

  published(epoch: number): PublishedEpoch | undefined {
    return this.#kept.get(epoch)?.epoch;
  }

  epochs(): readonly number[] {
    return [...this.#kept.keys()];
  }

  /** Throws PROVIDER_LOG_INVALID for an epoch that is not published, or no longer kept. */
  bytes(epoch: number, branch: Branch): Uint8Array {
    const kept = this.#kept.get(epoch);
    if (kept !== undefined) return kept.proofs[branch];
    const reason = `epoch ${epoch} is not published, or no longer kept`;
    throw new CoauditError("PROVIDER_LOG_INVALID", reason, { path: "live", reason, epoch });
  }
}

function keyOf(publication: Publication): BlobKey {
  return { epoch: publication.epoch, previous: toHex(publication.previous), current: toHex(publication.current) };
}
