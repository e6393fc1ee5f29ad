import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { concat } from "./bytes.ts";

export const DIGEST_SIZE_BYTES = 32;

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return nobleSha256(parts.length === 1 && parts[0] !== undefined ? parts[0] : concat(...parts));
}
