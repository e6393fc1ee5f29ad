/**
 * The port through which verified proofs are kept for others to download. What fails, or was never accepted by the
 * audit, is not served.
 */
import type { BlobName } from "../../source/source.ts";
import type { BodyDraft } from "./body-copy.ts";

/** For one namespace. Its methods may throw anything: its caller continues without. */
export interface ProofCache {
  /** How many of the newest epochs are kept; 0 for none. */
  readonly keptEpochs: number;
  /** `sizeBytes` if known. Undefined if there is no room for it. */
  begin(name: BlobName, sizeBytes?: number): Promise<ProofDraft | undefined>;
  /** The audit continues from the blob of this name: what was offered for it is served from now on. */
  publish(name: BlobName): Promise<void>;
}

/** Ended by exactly one of `offer` and `discard`. A body that turns out too large is dropped without an error. */
export interface ProofDraft extends BodyDraft {
  /** The proof is right. Whether the audit accepts it is known later: several right ones may be listed. */
  offer(sha256: Uint8Array): Promise<void>;
}

/** The same, as seen by whoever serves them. */
export interface ServedProofs extends ProofCache {
  /** Undefined if the proof into this epoch is not kept. */
  open(epoch: number): Promise<KeptProof | undefined>;
}

/** An open proof, as others get it: it stays complete even if the cache drops it meanwhile. */
export interface KeptProof {
  readonly name: BlobName;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  /** The bytes, once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Needed whether the body was read or not; idempotent. */
  close(): Promise<void>;
}

export const noProofCache: ProofCache = {
  keptEpochs: 0,
  begin: async () => undefined,
  publish: async () => {},
};
