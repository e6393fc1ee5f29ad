/**
 * What it costs to answer a request of head sync, and to ask a stranger (docs/protocol.md 9.5). Measured as in
 * prices.ts.
 */
import { EPOCHS_PER_BUCKET } from "../../ledger/summaries.ts";
import type { SyncRequest, SyncResponse } from "../sync/sync-frames.ts";
import { PRICE_US } from "./prices.ts";
import { STREAM_US } from "./wire-price.ts";

/** A request besides its stream and its bytes, which wire-price.ts has. */
const REQUEST_US = 50;
/** A hash turned into a tag and put into the frame: 2.2 in an answer of ten buckets with 9,500 heads. */
const TAG_US = 2.5;
/** A slot read and hashed: the row, its statement decoded, the leaf. 32 to 42 in a bucket of 1,024. */
const SLOT_HASHED_US = 35;
/** A bucket's hash, folded into that of its series. */
const BUCKET_ROLLED_UP_US = 1;
/** One id of a list, from hexadecimal text into the frame. */
const ITEM_US = 0.5;
/** Evidence of a conviction is put together anew for each request. */
const ITEM_FETCHED_US = PRICE_US.rowRead + 100;

/** What the price of a request depends on besides its own bytes. */
export interface SyncFacts {
  /** Number of series that this node compares. */
  readonly series: number;
  /** Buckets and items of the series asked about, or of all series for a summary. */
  readonly sizeOfSeries: number;
  /** Buckets to open that are held here, and those among them whose leaves are in memory. */
  readonly buckets: number;
  readonly bucketsInMemory: number;
}

/** Charged before the request is decoded. */
export function requestUs(sizeBytes: number): number {
  return REQUEST_US + sizeBytes * PRICE_US.byteDecoded;
}

/** The most that the answer can cost. */
export function worstAnswerUs(request: SyncRequest, facts: SyncFacts): number {
  switch (request.type) {
    case "summary":
      // With floors other than its own, each series is hashed anew.
      return facts.series * 2 * TAG_US + (request.floors.length === 0 ? 0 : facts.sizeOfSeries * BUCKET_ROLLED_UP_US);
    case "buckets":
      return facts.sizeOfSeries * TAG_US;
    case "leaves":
      return leavesUs(facts, facts.buckets * EPOCHS_PER_BUCKET);
    case "statements":
      return request.epochs.length * PRICE_US.rowRead;
    case "items":
      return facts.sizeOfSeries * ITEM_US;
    case "fetch":
      return request.ids.length * ITEM_FETCHED_US;
  }
}

/** What the answer did cost: leaves by their number, anything else as foreseen. */
export function answerUs(request: SyncRequest, facts: SyncFacts, response: SyncResponse): number {
  if (response.type !== "leaves") return worstAnswerUs(request, facts);
  return leavesUs(
    facts,
    response.buckets.reduce((sum, { length }) => sum + length, 0),
  );
}

/** An answer of this size from a stranger: its stream, decoded, encoded again, and compared with what is held. */
export function receivedAnswerUs(sizeBytes: number): number {
  return STREAM_US + REQUEST_US + sizeBytes * (PRICE_US.byteDecoded + TAG_US / 16);
}

function leavesUs({ buckets, bucketsInMemory }: SyncFacts, leaves: number): number {
  const read = buckets === 0 ? 0 : (leaves * (buckets - bucketsInMemory)) / buckets;
  return leaves * TAG_US + read * SLOT_HASHED_US;
}
