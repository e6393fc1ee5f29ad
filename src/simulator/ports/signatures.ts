/**
 * Signatures of simulated worlds: real Ed25519, or symbolic ones that only whoever holds the key object makes here.
 * Public keys are real ones either way, so that names, peer ids and key ids are the same.
 */

import { hash } from "node:crypto";
import type { Ed25519SigningKey, Signer } from "../../auditor/signer.ts";
import { SeedSigner } from "../../auditor/signer.ts";
import { BoundedMap } from "../../core/bounded-map.ts";
import { concat, equalBytes, utf8 } from "../../core/bytes.ts";
import type { SignatureVerifier } from "../../core/ed25519.ts";
import { sha256 } from "../../core/hash.ts";
import type { HeadVerifier } from "../../ledger/intake-context.ts";
import { type Ed25519Key, ed25519KeyFromSeed, NativeVerifier } from "../../platform/native-ed25519.ts";
import { type Distribution, drawUs } from "../engine/distribution.ts";
import type { Incarnation } from "../engine/incarnation.ts";
import type { RandomStream } from "../engine/random-streams.ts";
import { latin1 } from "./interner.ts";

export type Crypto = "symbolic" | "real";

/**
 * Worlds come by the thousand and their keys are the same by name: making one costs as much as verifying two
 * signatures.
 */
const realKeys = new BoundedMap<string, Ed25519Key>(20_000);

/** The key of that name and purpose ("signing", "network"), the same in every world. */
export function keyOf(name: string, purpose: string, crypto: Crypto): Ed25519Key {
  const id = `${purpose}/${name}`;
  let key = realKeys.get(id);
  if (key === undefined) {
    key = ed25519KeyFromSeed(sha256(utf8(`coaudit/simulator/key/${id}`)));
    realKeys.set(id, key);
  }
  if (crypto === "real") return key;
  const { publicKey } = key;
  return { publicKey, sign: (message) => symbolicSignature(publicKey, message) };
}

function symbolicSignature(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(hash("sha512", concat(SYMBOLIC, publicKey, message), "buffer"));
}

const SYMBOLIC = utf8("coaudit/simulator/symbolic-signature\0");

/** One per world: the same signature is verified by every node, and computed once. Keyed by the exact bytes. */
export class MemoVerifier implements SignatureVerifier {
  readonly #verifier: SignatureVerifier;
  readonly #known: BoundedMap<string, boolean> = new BoundedMap(MAX_KNOWN);

  constructor(crypto: Crypto) {
    this.#verifier = crypto === "real" ? new NativeVerifier() : symbolicVerifier;
  }

  async verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    // Keys and signatures of another length are nobody's; of these two the three parts have one reading.
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    const id = latin1(publicKey) + latin1(signature) + latin1(message);
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const isValid = await this.#verifier.verify(publicKey, message, signature);
    this.#known.set(id, isValid);
    return isValid;
  }
}

/** About 500 bytes each. */
const MAX_KNOWN = 65_536;

const symbolicVerifier: SignatureVerifier = {
  verify: async (publicKey, message, signature) => equalBytes(symbolicSignature(publicKey, message), signature),
};

export interface ModelledCryptoModules {
  readonly incarnation: Incarnation;
  readonly random: RandomStream;
}

/** Answers after a modelled time. */
export function slowVerifier(
  verifier: SignatureVerifier,
  costMs: Distribution,
  { incarnation, random }: ModelledCryptoModules,
): SignatureVerifier {
  if (costMs === 0) return verifier;
  return {
    async verify(publicKey, message, signature) {
      const isValid = await verifier.verify(publicKey, message, signature);
      return incarnation.later(drawUs(costMs, random), () => isValid);
    },
  };
}

/** The same for whole heads, two signatures each. */
export function slowHeadVerifier(
  verifyHead: HeadVerifier,
  costMs: Distribution,
  { incarnation, random }: ModelledCryptoModules,
): HeadVerifier {
  if (costMs === 0) return verifyHead;
  return async (head) => {
    const isValid = await verifyHead(head);
    return incarnation.later(drawUs(costMs, random) + drawUs(costMs, random), () => isValid);
  };
}

/**
 * Signs after a modelled time: a remote signer, or the time between a claim on disk and its signature in which a crash
 * may come.
 */
export function slowSigner(
  key: Ed25519SigningKey,
  costMs: Distribution,
  { incarnation, random }: ModelledCryptoModules,
): Signer {
  const signer = new SeedSigner(key);
  if (costMs === 0) return signer;
  const later = async <T>(signing: Promise<T>): Promise<T> => {
    const signed = await signing;
    return incarnation.later(drawUs(costMs, random), () => signed);
  };
  return {
    publicKey: signer.publicKey,
    signHead: (claim) => later(signer.signHead(claim)),
    signObservation: (observation) => later(signer.signObservation(observation)),
    signRecord: (record) => later(signer.signRecord(record)),
  };
}
