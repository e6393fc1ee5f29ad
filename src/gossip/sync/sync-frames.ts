/**
 * What two nodes say to each other in head sync, `/coaudit/head-sync/1`. Each request frame gets one response frame of
 * the same name, or `busy`.
 *
 * Hashes travel as tags of 8 bytes, salted by a nonce that the asker draws for each round: nobody can prepare two
 * ledgers whose tags are equal though they differ. An unsalted prefix of 8 bytes would take 2^32 leaves, which a roster
 * key can have in an hour.
 */
import { BoundedMap } from "../../core/bounded-map.ts";
import { concat, utf8 } from "../../core/bytes.ts";
import { type Series, sized } from "../../ledger/summaries.ts";
import { nativeSha256 } from "../../platform/native-sha256.ts";

export const HEAD_SYNC_PROTOCOL = "/coaudit/head-sync/1";

export const NONCE_SIZE_BYTES = 16;
export const TAG_SIZE_BYTES = 8;
export const ID_SIZE_BYTES = 32;

/** Series in a summary: far more than tens of auditors times a few namespaces. */
export const MAX_SERIES = 4096;
export const MAX_NAMESPACES = 64;
export const MAX_BUCKETS_LISTED = 4096;
/** 10 KB each: the response stays far below 1 MiB. */
export const MAX_BUCKETS_OPENED = 32;
export const MAX_STATEMENTS_ASKED = 256;
export const MAX_STATEMENT_BYTES = 524_288;
/** A slot that convicts holds two statements. */
export const MAX_STATEMENTS_PER_SLOT = 2;
export const MAX_ITEMS_LISTED = 8192;

/** Nothing below this bucket is compared; the namespace is named by namespaceId. */
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
  /** topHash of everything the asker holds. */
  readonly top: Uint8Array;
  /** The asker's floors that are not 0. */
  readonly floors: readonly Floor[];
}

/** Which buckets do you hold with first <= bucket < end, and what are their tags? */
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

/** Which items do you hold whose id is above `after` (empty: from the first)? */
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
  /** The tops are equal: nothing else is said. */
  readonly same: boolean;
  /** Series that the answerer knows and has something of, from the higher of both floors on. By id, ascending. */
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

/** Answers a statements request and a fetch request. */
export interface StatementsResponse {
  readonly type: "statements";
  /** How many of the epochs or ids asked for, from the first on, are answered in full; at least 1. */
  readonly answered: number;
  readonly statements: readonly Uint8Array[];
}

export interface ItemsResponse {
  readonly type: "items";
  /** Ascending. */
  readonly ids: readonly Uint8Array[];
  readonly more: boolean;
}

/**
 * Answers any request: there is no place for it now, or the asker's budget is used up. Nobody is to blame; ask again
 * later.
 */
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

/** tagOf for many hashes under one nonce. */
export function taggerOf(nonce: Uint8Array): (hash: Uint8Array) => Uint8Array {
  const input = concat(TAG, nonce, new Uint8Array(ID_SIZE_BYTES));
  const at = TAG.length + nonce.length;
  return (hash) => {
    input.set(hash, at);
    return nativeSha256(input).slice(0, TAG_SIZE_BYTES);
  };
}

/** Every round of head sync names every series, and they are the same for years. */
const SERIES_IDS = new BoundedMap<string, Uint8Array>(MAX_SERIES);

/**
 * The first 8 bytes of SHA-256(`coaudit/sync-series/v1\0` || sized auditor || sized namespace). Names come from
 * rosters, not from strangers.
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
