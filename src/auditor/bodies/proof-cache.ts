/**
 * The port through which verified proofs are kept for others to fetch. What fails, or was never taken up by the audit,
 * is not handed out.
 */
import type { BlobName } from "../../source/source.ts";
import type { BodyDraft } from "./body-copy.ts";

/** For one namespace. Its methods may throw anything: whoever keeps proofs goes on without. */
export interface ProofCache {
  /** So many of the newest epochs are kept; 0: none. */
  readonly keptEpochs: number;
  /** `sizeBytes` as far as it is known. undefined: there is no room for it. */
  begin(name: BlobName, sizeBytes?: number): Promise<ProofDraft | undefined>;
  /** The audit goes on from the blob of this name: what was offered for it is handed out from now on. */
  publish(name: BlobName): Promise<void>;
}

/** Ended by exactly one of `offer` and `discard`. A body that turns out too large is dropped without an error. */
export interface ProofDraft extends BodyDraft {
  /** The proof is right. Whether the audit takes it up shows later: several right ones may be listed. */
  offer(sha256: Uint8Array): Promise<void>;
}

/** The same, seen by whoever hands them out. */
export interface ServedProofs extends ProofCache {
  /** Undefined: the proof into this epoch is not kept. */
  open(epoch: number): Promise<KeptProof | undefined>;
}

/** A proof as others get it, opened: it stays whole although the cache drops it meanwhile. */
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
