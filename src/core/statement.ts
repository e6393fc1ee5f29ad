/** Everything that nodes say to each other. */
import type { AuditorHead, HalfHead, ProviderHead, SignedHead } from "./head.ts";

export type ObservationKind = "invalid-proof" | "conflicting-listing" | "chain-mismatch" | "withheld";

/**
 * What an auditor saw of the provider and cannot prove with the provider's signatures; one per (auditor, namespace,
 * epoch, kind).
 */
export interface Observation {
  readonly type: "observation";
  readonly namespace: string;
  readonly origin: string;
  readonly epoch: number;
  readonly kind: ObservationKind;
  /** `E/<prev>/<cur>`, sorted, distinct, at most 8. */
  readonly blobNames: readonly string[];
  /** SHA-256 of each distinct body that was fetched, sorted, at most 8. */
  readonly bodyHashes: readonly Uint8Array[];
  readonly host: string;
  readonly errorCode: string;
  readonly timestampMs: number;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

export interface RecordedRoot {
  readonly namespace: string;
  readonly epoch: number;
  readonly digest: Uint8Array;
  readonly chosen: "pinned" | "first-sight";
}

/**
 * Binds an auditor's signing key to its network key and addresses; the newest sequence wins, at equal sequence the
 * smaller bytes.
 */
export interface AuditorRecord {
  readonly type: "auditor-record";
  readonly name: string;
  /** Unix milliseconds at which the record was made. */
  readonly sequence: number;
  readonly multiaddrs: readonly string[];
  readonly roots: readonly RecordedRoot[];
  readonly publicKey: Uint8Array;
  /** The Ed25519 network key; the libp2p peer id is derived from it. */
  readonly peerPublicKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly peerSignature: Uint8Array;
}

export interface RotationStart {
  readonly namespace: string;
  /** The first epoch of the new key, above all claims of the old one. */
  readonly epoch: number;
}

export interface KeyRotation {
  readonly type: "key-rotation";
  readonly oldPublicKey: Uint8Array;
  readonly newPublicKey: Uint8Array;
  readonly starts: readonly RotationStart[];
  readonly timestampMs: number;
  readonly oldSignature: Uint8Array;
  readonly newSignature: Uint8Array;
}

/**
 * A carrier: each statement in it passes the same checks as if it had come alone. What it proves is computed by each
 * reader.
 */
export interface Evidence {
  readonly type: "evidence";
  /** Encoded statements, ascending by bytes, distinct; none is evidence itself. */
  readonly exhibits: readonly Uint8Array[];
}

export type Statement = SignedHead | HalfHead | ProviderHead | Observation | Evidence | AuditorRecord | KeyRotation;

/** Statements that say something of one epoch of one namespace. */
export type EpochStatement = AuditorHead | ProviderHead | Observation;

export function isAboutEpoch(statement: Statement): statement is EpochStatement {
  switch (statement.type) {
    case "signed-head":
    case "half-head":
    case "provider-head":
    case "observation":
      return true;
    case "evidence":
    case "auditor-record":
    case "key-rotation":
      return false;
  }
}

export type Unsigned<T> = Omit<T, "signature" | "peerSignature" | "oldSignature" | "newSignature">;
