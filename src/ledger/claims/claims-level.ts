/**
 * The LevelDB side of a claim book. Values carry a checksum of their own: LevelDB does not verify what it reads from
 * its tables.
 */
import { hash } from "node:crypto";
import { concat, equalBytes } from "../../core/bytes.ts";
import { type Bucket, bucketRange } from "../store/keyspace.ts";
import type { Store, StoreOperation } from "../store/store.ts";
import { type ClaimRecord, decodeRecord, measureRecord } from "./claim-record.ts";

const CHECK_BYTES = 8;
const BUCKETS_OF_CLAIMS: readonly Bucket[] = ["claim", "claimEvent"];

export function putRecord(key: Uint8Array, payload: Uint8Array): StoreOperation {
  return { type: "put", key, value: concat(payload, checksum(payload)) };
}

/** The payload, or undefined if the value is damaged. */
export function openValue(value: Uint8Array): Uint8Array | undefined {
  const payload = value.slice(0, Math.max(0, value.length - CHECK_BYTES));
  return equalBytes(checksum(payload), value.subarray(payload.length)) ? payload : undefined;
}

/**
 * Every record in key order: claims by namespace and epoch, then events likewise. `record` is undefined for one that is
 * damaged.
 */
export async function* readLevel(
  store: Store,
): AsyncGenerator<{ key: Uint8Array; payload: Uint8Array; record: ClaimRecord | undefined }, void, undefined> {
  for (const bucket of BUCKETS_OF_CLAIMS) {
    for await (const [key, value] of store.iterate(bucketRange(bucket))) {
      const payload = openValue(value);
      yield { key, payload: payload ?? value, record: payload === undefined ? undefined : readable(payload) };
    }
  }
}

/** The size of a block of LevelDB's own log, and of the header of each piece in it. */
const LOG_BLOCK_BYTES = 32_768;
const LOG_PIECE_HEADER_BYTES = 7;

/**
 * Every record whose checksum is right, wherever it is in a file of LevelDB's: without compression both tables and logs
 * hold values as they are. LevelDB itself is not used: on damaged files it deletes tables, or ends the process.
 */
export function salvageLevelFile(bytes: Uint8Array): ClaimRecord[] {
  const records = [...findRecords(bytes)];
  // A record of its log that goes over the end of a block has a header in the middle.
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += LOG_BLOCK_BYTES) {
    const skipped = start === 0 ? 0 : LOG_PIECE_HEADER_BYTES;
    pieces.push(bytes.subarray(start + skipped, start + LOG_BLOCK_BYTES));
  }
  if (pieces.length > 1) records.push(...findRecords(concat(...pieces)));
  return records;
}

function* findRecords(bytes: Uint8Array): Generator<ClaimRecord, void, undefined> {
  for (let offset = 0; offset < bytes.length; offset++) {
    const sizeBytes = measureRecord(bytes, offset);
    if (sizeBytes === undefined) continue;
    const payload = openValue(bytes.subarray(offset, offset + sizeBytes + CHECK_BYTES));
    const record = payload?.length === sizeBytes ? readable(payload) : undefined;
    if (record === undefined) continue;
    yield record;
    offset += sizeBytes + CHECK_BYTES - 1;
  }
}

function readable(payload: Uint8Array): ClaimRecord | undefined {
  try {
    return decodeRecord(payload);
  } catch {
    return undefined;
  }
}

function checksum(payload: Uint8Array): Uint8Array {
  return new Uint8Array(hash("sha256", payload, "buffer")).slice(0, CHECK_BYTES);
}
