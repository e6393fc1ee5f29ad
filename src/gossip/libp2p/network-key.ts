import "./polyfill.ts";
import { generateKeyPairFromSeed, publicKeyFromRaw } from "@libp2p/crypto/keys";
import type { PrivateKey } from "@libp2p/interface";
import { peerIdFromPrivateKey, peerIdFromPublicKey } from "@libp2p/peer-id";
import { CoauditError } from "../../core/errors.ts";

/** The libp2p peer id of a 32-byte Ed25519 seed. Throws KEY_INVALID. */
export async function peerIdOfSeed(seed: Uint8Array): Promise<string> {
  return peerIdFromPrivateKey(await keyOfSeed(seed)).toString();
}

/** The network key of a 32-byte Ed25519 seed. Throws KEY_INVALID. */
export async function keyOfSeed(seed: Uint8Array): Promise<PrivateKey> {
  if (seed.length !== 32) {
    throw new CoauditError("KEY_INVALID", `the seed of a network key has 32 bytes, this one ${seed.length}`, {
      reason: "seed size",
    });
  }
  return generateKeyPairFromSeed("Ed25519", seed);
}

/** The libp2p peer id of a raw 32-byte Ed25519 public key, as in an auditor record. */
export function peerIdOfPublicKey(publicKey: Uint8Array): string {
  return peerIdFromPublicKey(publicKeyFromRaw(publicKey)).toString();
}
