/**
 * SHA-256 by Node itself: of short inputs 1 us, where the portable one of core/hash.ts takes 4. Head sync rehashes
 * every leaf of a bucket in each round.
 */
import { hash } from "node:crypto";
import { concat } from "../core/bytes.ts";

export function nativeSha256(...parts: readonly Uint8Array[]): Uint8Array {
  const input = parts.length === 1 && parts[0] !== undefined ? parts[0] : concat(...parts);
  // A Buffer's slice() shares its memory.
  return new Uint8Array(hash("sha256", input, "buffer"));
}
