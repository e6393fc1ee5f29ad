/**
 * The port through which an auditor's key is used: it signs typed claims, never bytes. [signing oracle, cross-protocol
 * confusion]
 */

import { equalBytes, toHex } from "../core/bytes.ts";
import { cosignedMessage } from "../core/checkpoint.ts";
import { CoauditError } from "../core/errors.ts";
import { asCheckpoint, cosignatureTimeSeconds, type SignedHead } from "../core/head.ts";
import { encodePlexiMessage } from "../core/plexi.ts";
import type { AuditorRecord, Observation, Unsigned } from "../core/statement.ts";
import { auditorRecordMessage, observationMessage } from "../core/statement-signature.ts";
import type { Claim } from "../ledger/claims/claim-record.ts";

/**
 * Every method throws SIGNER_WRONG_KEY for a claim that names another key. The same claim always yields the same bytes.
 */
export interface Signer {
  readonly publicKey: Uint8Array;
  /** Both signatures, or the Plexi signature alone for a late claim. */
  signHead(claim: Claim): Promise<SignedHead>;
  signObservation(observation: Unsigned<Observation>): Promise<Observation>;
  /** The auditor's half of a record; the network key signs the same bytes (auditorRecordMessage). */
  signRecord(record: Unsigned<AuditorRecord>): Promise<{ readonly signature: Uint8Array }>;
}

/** An Ed25519 private key in this process. */
export interface Ed25519SigningKey {
  readonly publicKey: Uint8Array;
  /** Deterministic (RFC 8032): what is signed again after a crash has the same bytes. */
  sign(message: Uint8Array): Uint8Array;
}

export class SeedSigner implements Signer {
  readonly publicKey: Uint8Array;
  readonly #key: Ed25519SigningKey;

  constructor(key: Ed25519SigningKey) {
    this.#key = key;
    this.publicKey = key.publicKey;
  }

  async signHead(claim: Claim): Promise<SignedHead> {
    const { namespace, origin, epoch, digest, timestampMs, suite, publicKey } = claim;
    this.#checkKey(publicKey);
    const head = { namespace, origin, epoch, digest, timestampMs, suite, publicKey };
    const plexiSignature = this.#key.sign(encodePlexiMessage(head));
    if (claim.late) return { type: "signed-head", ...head, plexiSignature };
    const message = cosignedMessage(asCheckpoint(head), cosignatureTimeSeconds(timestampMs));
    return { type: "signed-head", ...head, plexiSignature, cosignature: this.#key.sign(message) };
  }

  async signObservation(observation: Unsigned<Observation>): Promise<Observation> {
    this.#checkKey(observation.publicKey);
    return { ...observation, signature: this.#key.sign(observationMessage(observation)) };
  }

  async signRecord(record: Unsigned<AuditorRecord>): Promise<{ readonly signature: Uint8Array }> {
    this.#checkKey(record.publicKey);
    return { signature: this.#key.sign(auditorRecordMessage(record)) };
  }

  #checkKey(publicKey: Uint8Array): void {
    if (equalBytes(publicKey, this.publicKey)) return;
    const asked = toHex(publicKey);
    const held = toHex(this.publicKey);
    const message = `asked to sign for key ${asked}, but this node holds ${held}; start the node with the key that made the claim`;
    throw new CoauditError("SIGNER_WRONG_KEY", message, { asked, held });
  }
}
