/** The LevelDB side of a claim book. Values carry a checksum of their own: LevelDB does not check what it reads from its tables. */
import { hash } from "node:crypto";
import { concat, equalBytes } from "../core/bytes.ts";
import { type ClaimRecord, decodeRecord } from "./claim-record.ts";
import { type Bucket, bucketRange } from "./keyspace.ts";
import type { Store, StoreOperation } from "./store.ts";

const CHECK_BYTES = 8;
const BUCKETS_OF_CLAIMS: readonly Bucket[] = ["claim", "claimEvent"];

export function putRecord(key: Uint8Array, payload: Uint8Array): StoreOperation {
  return { type: "put", key, value: concat(payload, checksum(payload)) };
}

/** The payload, or undefined when the value is damaged. */
export function openValue(value: Uint8Array): Uint8Array | undefined {
  const payload = value.slice(0, Math.max(0, value.length - CHECK_BYTES));
  return equalBytes(checksum(payload), value.subarray(payload.length)) ? payload : undefined;
}

/** Every record in key order: claims by namespace and epoch, then events likewise. `record` is undefined for one that is damaged. */
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
