/**
 * Every key of every store, in one place. A key is one byte for its bucket and then its parts; numbers are big-endian,
 * so that byte order is their order; texts and other parts of varying size carry their length in front, so that no key
 * is the beginning of another one's key.
 *
 * A bucket's number is never used again for something else, not even after the bucket is gone: an old store must not be
 * misread.
 *
 * | bucket | store | key | value |
 * |---|---|---|---|
 * | 0 meta | every | text | "schema": u32 version; "claims-book": the header of this store's claims.log |
 * | 1 claim | claims | text namespace, u64 epoch | a claim record with its checksum (claim-record.ts) |
 * | 2 claimEvent | claims | text namespace, u64 index | watermarks, halts and resumptions, in order, encoded likewise |
 * | 10 head | ledger | text namespace, text auditor, u64 epoch | the one or two statements of that slot (slot.ts) |
 * | 11 providerHead | ledger | text namespace, u64 epoch | the one or two provider heads |
 * | 12 observation | ledger | text namespace, u64 epoch, text auditor, text kind | the statement |
 * | 13 record | ledger | text auditor | the newest auditor record |
 * | 14 rotation | ledger | sized old public key | the one or two rotations of that key |
 * | 15 conflict | ledger | text namespace, u64 epoch | who speaks for what where heads differ (conflict-row.ts) |
 * | 16 case | ledger | text case id | JSON (case-record.ts) |
 * | 17 binding | ledger | text namespace | text origin, fixed at first use |
 * | 18 root | ledger | text namespace | the namespace's root, fixed at first use |
 * | 19 settlement | ledger | text namespace, u64 first epoch | JSON of what the operator settled (core/settlement.ts) |
 */
import { BoundedMap } from "../../core/bounded-map.ts";
import { concat, fromUtf8, readU64be, u16be, u64be, utf8 } from "../../core/bytes.ts";
import { checkNumber } from "../../core/numbers.ts";
import type { KeyRange } from "./store.ts";

export const BUCKETS = {
  meta: 0,
  claim: 1,
  claimEvent: 2,
  head: 10,
  providerHead: 11,
  observation: 12,
  record: 13,
  rotation: 14,
  conflict: 15,
  case: 16,
  binding: 17,
  root: 18,
  settlement: 19,
} as const;

export type Bucket = keyof typeof BUCKETS;

/** From the first to the last possible key: 255 is no bucket. */
export const EVERYTHING: KeyRange = { gte: Uint8Array.of(0), lt: Uint8Array.of(255) };

export function bucketKey(bucket: Bucket, ...parts: readonly Uint8Array[]): Uint8Array {
  return concat(Uint8Array.of(BUCKETS[bucket]), ...parts);
}

/** All keys of the bucket that begin with these parts. */
export function bucketRange(bucket: Bucket, ...parts: readonly Uint8Array[]): KeyRange {
  const gte = bucketKey(bucket, ...parts);
  return { gte, lt: successor(gte) };
}

/** A part of varying size: its length as u16, then the bytes. Throws NUMBER_OUT_OF_RANGE past 65,535 bytes. */
export function sizedPart(bytes: Uint8Array): Uint8Array {
  checkNumber(bytes.length, "key part size", 0, 0xffff);
  return concat(u16be(bytes.length), bytes);
}

export function textPart(text: string): Uint8Array {
  if (text.length > MAX_KEPT_LENGTH) return sizedPart(utf8(text));
  const held = textParts.get(text);
  if (held !== undefined) return held;
  const part = sizedPart(utf8(text));
  textParts.set(text, part);
  return part;
}

/**
 * Nearly every key names a namespace or an auditor, and there are few of them. About 150 bytes each; they are copied
 * into keys, never written to.
 */
const textParts = new BoundedMap<string, Uint8Array>(4_096);
/** Names and ids are shorter: what is longer takes no room here. */
const MAX_KEPT_LENGTH = 128;

/** An epoch or another whole number from 0 to 2^53-1. */
export function numberPart(value: number): Uint8Array {
  return u64be(value);
}

export const schemaKey: Uint8Array = bucketKey("meta", textPart("schema"));
export const casesBasisKey: Uint8Array = bucketKey("meta", textPart("cases-basis"));
export const claimsBookKey: Uint8Array = bucketKey("meta", textPart("claims-book"));

export function claimKey(namespace: string, epoch: number): Uint8Array {
  return bucketKey("claim", textPart(namespace), numberPart(epoch));
}

export function claimEventKey(namespace: string, index: number): Uint8Array {
  return bucketKey("claimEvent", textPart(namespace), numberPart(index));
}

export function headKey(namespace: string, auditor: string, epoch: number): Uint8Array {
  return bucketKey("head", textPart(namespace), textPart(auditor), numberPart(epoch));
}

export function providerHeadKey(namespace: string, epoch: number): Uint8Array {
  return bucketKey("providerHead", textPart(namespace), numberPart(epoch));
}

export function observationKey(namespace: string, epoch: number, auditor: string, kind: string): Uint8Array {
  return bucketKey("observation", textPart(namespace), numberPart(epoch), textPart(auditor), textPart(kind));
}

export function recordKey(auditor: string): Uint8Array {
  return bucketKey("record", textPart(auditor));
}

export function rotationKey(oldPublicKey: Uint8Array): Uint8Array {
  return bucketKey("rotation", sizedPart(oldPublicKey));
}

export function conflictKey(namespace: string, epoch: number): Uint8Array {
  return bucketKey("conflict", textPart(namespace), numberPart(epoch));
}

/** The text part that begins at an offset of a key. */
export function textOfKey(key: Uint8Array, offset: number): string {
  const sizeBytes = ((key[offset] ?? 0) << 8) | (key[offset + 1] ?? 0);
  return fromUtf8(key.subarray(offset + 2, offset + 2 + sizeBytes), "key");
}

/** The epoch at the end of a key that ends in one. */
export function epochOfKey(key: Uint8Array): number {
  return readU64be(key, key.length - 8, "epoch");
}

export function caseKey(id: string): Uint8Array {
  return bucketKey("case", textPart(id));
}

export function bindingKey(namespace: string): Uint8Array {
  return bucketKey("binding", textPart(namespace));
}

export function rootKey(namespace: string): Uint8Array {
  return bucketKey("root", textPart(namespace));
}

/** The smallest key above all keys that begin with `prefix`, which has a byte below 255: the bucket's, at least. */
function successor(prefix: Uint8Array): Uint8Array {
  let length = prefix.length;
  while (prefix[length - 1] === 255) length--;
  const next = prefix.slice(0, length);
  next[length - 1] = (next[length - 1] ?? 0) + 1;
  return next;
}

export function settlementKey(namespace: string, first: number): Uint8Array {
  return bucketKey("settlement", textPart(namespace), numberPart(first));
}
