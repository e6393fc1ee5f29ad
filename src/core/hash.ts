import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { concat } from "./bytes.ts";

export const DIGEST_SIZE_BYTES = 32;

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return nobleSha256(parts.length === 1 && parts[0] !== undefined ? parts[0] : concat(...parts));
}

/** A running hash: update() adds, clone().digest() gives the hash so far. */
export interface RunningSha256 {
  update(bytes: Uint8Array): unknown;
  clone(): RunningSha256;
  digest(): Uint8Array;
}

export function startSha256(first: Uint8Array): RunningSha256 {
  return nobleSha256.create().update(first);
}
