/**
 * What two nodes say to each other in head sync (docs/protocol.md 9.3). A request is answered by the response of the
 * same name (`fetch` by `statements`), or by `busy`.
 *
 * Hashes travel as tags of 8 bytes, salted with a nonce that the asker draws for each round, so that nobody can prepare
 * two different ledgers with equal tags. Finding a collision of unsalted prefixes takes 2^32 leaves, and whoever holds
 * a roster key can make those.
 */
import { BoundedMap } from "../../core/bounded-map.ts";
import { concat, utf8 } from "../../core/bytes.ts";
import { type Series, sized } from "../../ledger/summaries.ts";
import { nativeSha256 } from "../../platform/native-sha256.ts";

export const HEAD_SYNC_PROTOCOL = "/coaudit/head-sync/1";

export const NONCE_SIZE_BYTES = 16;
export const TAG_SIZE_BYTES = 8;
export const ID_SIZE_BYTES = 32;

/** Series in a summary: plenty for tens of auditors times a few namespaces. */
export const MAX_SERIES = 4096;
export const MAX_NAMESPACES = 64;
export const MAX_BUCKETS_LISTED = 4096;
/** Of 10 KB each: the response stays below 1 MiB. */
export const MAX_BUCKETS_OPENED = 32;
export const MAX_STATEMENTS_ASKED = 256;
export const MAX_STATEMENT_BYTES = 524_288;
/** A slot that convicts its auditor holds two. */
export const MAX_STATEMENTS_PER_SLOT = 2;
export const MAX_ITEMS_LISTED = 8192;

/** Nothing of the namespace below this bucket is compared. `namespace` is its namespaceId, 8 bytes. */
export interface Floor {
  readonly namespace: Uint8Array;
  readonly bucket: number;
}

export interface TaggedSeries {
  /** seriesId, 8 bytes. */
  readonly series: Uint8Array;
  readonly tag: Uint8Array;
}

export interface TaggedBucket {
  readonly bucket: number;
  readonly tag: Uint8Array;
}

export interface TaggedLeaf {
  /** Epoch within the bucket, 0 to 1023. */
  readonly offset: number;
  readonly tag: Uint8Array;
}

export interface SummaryRequest {
  readonly type: "summary";
  readonly nonce: Uint8Array;
  /** topHash over everything that the asker holds. */
  readonly top: Uint8Array;
  /** The asker's floors that are not 0. */
  readonly floors: readonly Floor[];
}

/** Asks for the buckets held with first <= bucket < end, and their tags. */
export interface BucketsRequest {
  readonly type: "buckets";
  readonly nonce: Uint8Array;
  readonly series: Uint8Array;
  readonly order: "newest" | "oldest";
  readonly first: number;
  readonly end: number;
}

export interface LeavesRequest {
  readonly type: "leaves";
  readonly nonce: Uint8Array;
  readonly series: Uint8Array;
  /** Ascending, 1 to MAX_BUCKETS_OPENED. */
  readonly buckets: readonly number[];
}

export interface StatementsRequest {
  readonly type: "statements";
  readonly series: Uint8Array;
  /** Ascending, 1 to MAX_STATEMENTS_ASKED. */
  readonly epochs: readonly number[];
}

/** Asks for the ids of the items above `after`; empty means from the first on. */
export interface ItemsRequest {
  readonly type: "items";
  readonly series: Uint8Array;
  readonly after: Uint8Array;
}

export interface FetchRequest {
  readonly type: "fetch";
  readonly series: Uint8Array;
  /** Ascending, 1 to MAX_STATEMENTS_ASKED. */
  readonly ids: readonly Uint8Array[];
}

export type SyncRequest =
  | SummaryRequest
  | BucketsRequest
  | LeavesRequest
  | StatementsRequest
  | ItemsRequest
  | FetchRequest;

export interface SummaryResponse {
  readonly type: "summary";
  /** Both tops are equal; the lists are empty then. */
  readonly same: boolean;
  /** Every series of which the answerer holds something at or above the higher of both floors. By id, ascending. */
  readonly series: readonly TaggedSeries[];
  readonly floors: readonly Floor[];
}

export interface BucketsResponse {
  readonly type: "buckets";
  /** In the order asked for. */
  readonly buckets: readonly TaggedBucket[];
  readonly more: boolean;
}

export interface LeavesResponse {
  readonly type: "leaves";
  /** One entry per bucket asked for, in that order. */
  readonly buckets: readonly (readonly TaggedLeaf[])[];
}

/** Answers both `statements` and `fetch`. */
export interface StatementsResponse {
  readonly type: "statements";
  /** How many of the epochs or ids asked for, counted from the first, are answered in full; at least 1. */
  readonly answered: number;
  readonly statements: readonly Uint8Array[];
}

export interface ItemsResponse {
  readonly type: "items";
  /** Ascending. */
  readonly ids: readonly Uint8Array[];
  readonly more: boolean;
}

/** Answers any request when no place is free or the asker's budget is used up (docs/protocol.md 9.5). Not a fault. */
export interface BusyResponse {
  readonly type: "busy";
}

export type SyncResponse =
  | SummaryResponse
  | BucketsResponse
  | LeavesResponse
  | StatementsResponse
  | ItemsResponse
  | BusyResponse;

/** The first 8 bytes of SHA-256(`coaudit/sync-tag/v1\0` || nonce || hash). */
export function tagOf(nonce: Uint8Array, hash: Uint8Array): Uint8Array {
  return nativeSha256(TAG, nonce, hash).slice(0, TAG_SIZE_BYTES);
}

/** `tagOf` for many hashes under one nonce, without building the input anew each time. */
export function taggerOf(nonce: Uint8Array): (hash: Uint8Array) => Uint8Array {
  const input = concat(TAG, nonce, new Uint8Array(ID_SIZE_BYTES));
  const at = TAG.length + nonce.length;
  return (hash) => {
    input.set(hash, at);
    return nativeSha256(input).slice(0, TAG_SIZE_BYTES);
  };
}

/** Every round names every series, and the names stay the same for years. */
const SERIES_IDS = new BoundedMap<string, Uint8Array>(MAX_SERIES);

/**
 * The first 8 bytes of SHA-256(`coaudit/sync-series/v1\0` || sized auditor || sized namespace). Ids are kept by name,
 * which is safe because names come from rosters and never from strangers.
 */
export function seriesId({ auditor, namespace }: Series): Uint8Array {
  const name = `${namespace}\n${auditor}`;
  const known = SERIES_IDS.get(name);
  if (known !== undefined) return known;
  const id = nativeSha256(SERIES, sized(auditor), sized(namespace)).slice(0, TAG_SIZE_BYTES);
  SERIES_IDS.set(name, id);
  return id;
}

/** The first 8 bytes of SHA-256(`coaudit/sync-namespace/v1\0` || sized namespace). */
export function namespaceId(namespace: string): Uint8Array {
  return nativeSha256(NAMESPACE, sized(namespace)).slice(0, TAG_SIZE_BYTES);
}

/** SHA-256(`coaudit/sync-top/v1\0` || per series that has something, by id: its id, its hash). */
export function topHash(series: readonly { id: Uint8Array; hash: Uint8Array }[]): Uint8Array {
  return nativeSha256(TOP, ...series.flatMap(({ id, hash }) => [id, hash]));
}

const TAG = utf8("coaudit/sync-tag/v1\0");
const SERIES = utf8("coaudit/sync-series/v1\0");
const NAMESPACE = utf8("coaudit/sync-namespace/v1\0");
const TOP = utf8("coaudit/sync-top/v1\0");
