/**
 * Answers head sync requests (docs/protocol.md 9.3). The caps of sync-frames.ts bound every answer, whatever is asked.
 */
import { compareBytes, equalBytes } from "../../core/bytes.ts";
import { EPOCHS_PER_BUCKET, type Series } from "../../ledger/summaries.ts";
import type { CostBudget } from "../cost/cost-budget.ts";
import { answerUs, requestUs, type SyncFacts, worstAnswerUs } from "../cost/sync-price.ts";
import {
  commonFloor,
  floorOf,
  floorsOf,
  type LedgerPort,
  ledgerTop,
  type NamedSeries,
  namedConvicted,
  namedSeries,
} from "./ledger-port.ts";
import { decodeSyncRequest, encodeSyncResponse } from "./sync-codec.ts";
import {
  type BucketsRequest,
  type BucketsResponse,
  type FetchRequest,
  type ItemsRequest,
  type ItemsResponse,
  type LeavesRequest,
  type LeavesResponse,
  MAX_BUCKETS_LISTED,
  MAX_ITEMS_LISTED,
  MAX_SERIES,
  MAX_STATEMENT_BYTES,
  type StatementsRequest,
  type StatementsResponse,
  type SummaryRequest,
  type SummaryResponse,
  type SyncRequest,
  type SyncResponse,
  type TaggedBucket,
  type TaggedLeaf,
  type TaggedSeries,
  taggerOf,
  tagOf,
} from "./sync-frames.ts";

/** docs/protocol.md 9.5: for a peer whose budget is used up, and for one that finds no free place. */
export const BUSY_ANSWER: Uint8Array = encodeSyncResponse({ type: "busy" });

export class SyncResponder {
  readonly #ledger: LedgerPort;
  readonly #budget: CostBudget;

  constructor(modules: { ledger: LedgerPort; budget: CostBudget }) {
    this.#ledger = modules.ledger;
    this.#budget = modules.budget;
  }

  /** Throws SYNC_FRAME_INVALID for bytes that are no request, and the errors of the store. */
  async answer(bytes: Uint8Array, from: string): Promise<Uint8Array> {
    if (!this.#budget.charge(from, requestUs(bytes.length))) return BUSY_ANSWER;
    const request = decodeSyncRequest(bytes);
    const facts = this.#factsOf(request);
    const worstUs = worstAnswerUs(request, facts);
    const reservation = this.#budget.reserve(from, worstUs);
    if (reservation.kind === "refused") return BUSY_ANSWER;
    let costUs = worstUs;
    try {
      const response = await this.#respond(request);
      costUs = answerUs(request, facts, response);
      return encodeSyncResponse(response);
    } finally {
      reservation.settle(costUs);
    }
  }

  #factsOf(request: SyncRequest): SyncFacts {
    const { summaries } = this.#ledger;
    const all = namedSeries(this.#ledger);
    const series = all.length;
    if (request.type === "summary") {
      const sizeOfSeries = all.reduce((sum, named) => sum + summaries.sizeOf(named.series), 0);
      return { series, sizeOfSeries, buckets: 0, bucketsInMemory: 0 };
    }
    const asked = this.#find(request.series);
    if (asked === undefined) return { series, sizeOfSeries: 0, buckets: 0, bucketsInMemory: 0 };
    const opened = request.type === "leaves" ? request.buckets : [];
    const held = opened.filter((bucket) => summaries.holds(asked, bucket));
    const bucketsInMemory = held.filter((bucket) => summaries.isOpen(asked, bucket)).length;
    return { series, sizeOfSeries: summaries.sizeOf(asked), buckets: held.length, bucketsInMemory };
  }

  #respond(request: SyncRequest): Promise<SyncResponse> {
    switch (request.type) {
      case "summary":
        return this.#summary(request);
      case "buckets":
        return this.#buckets(request);
      case "leaves":
        return this.#leaves(request);
      case "statements":
        return this.#statements(request);
      case "items":
        return this.#items(request);
      case "fetch":
        return this.#fetch(request);
    }
  }

  async #summary({ nonce, top, floors }: SummaryRequest): Promise<SummaryResponse> {
    const all = namedSeries(this.#ledger);
    if (equalBytes(top, await ledgerTop(this.#ledger, all)))
      return { type: "summary", same: true, series: [], floors: [] };
    const series: TaggedSeries[] = [];
    for (const { series: one, id } of all.slice(0, MAX_SERIES)) {
      const floor = commonFloor(this.#ledger, one.namespace, floors);
      if (this.#ledger.summaries.isEmpty(one, floor)) continue;
      series.push({ series: id, tag: tagOf(nonce, await this.#ledger.summaries.rollUp(one, floor)) });
    }
    return { type: "summary", same: false, series, floors: floorsOf(this.#ledger) };
  }

  async #buckets({ nonce, series: id, order, first, end }: BucketsRequest): Promise<BucketsResponse> {
    const series = this.#find(id);
    if (series === undefined) return { type: "buckets", buckets: [], more: false };
    const floor = Math.max(first, floorOf(this.#ledger, series.namespace));
    const held = this.#ledger.summaries.buckets(series, floor).filter((bucket) => bucket < end);
    if (order === "newest") held.reverse();
    const buckets: TaggedBucket[] = [];
    for (const bucket of held.slice(0, MAX_BUCKETS_LISTED)) {
      buckets.push({ bucket, tag: tagOf(nonce, await this.#ledger.summaries.bucketHash(series, bucket)) });
    }
    return { type: "buckets", buckets, more: held.length > MAX_BUCKETS_LISTED };
  }

  async #leaves({ nonce, series: id, buckets }: LeavesRequest): Promise<LeavesResponse> {
    const series = this.#find(id);
    const answer: TaggedLeaf[][] = [];
    const tagOfLeaf = taggerOf(nonce);
    for (const bucket of buckets) {
      const leaves = series === undefined ? [] : await this.#ledger.summaries.leaves(series, bucket);
      answer.push(leaves.map(({ epoch, hash }) => ({ offset: epoch % EPOCHS_PER_BUCKET, tag: tagOfLeaf(hash) })));
    }
    return { type: "leaves", buckets: answer };
  }

  async #statements({ series: id, epochs }: StatementsRequest): Promise<StatementsResponse> {
    const series = this.#find(id);
    return upToCap(series === undefined ? epochs.map(() => []) : await this.#ledger.statements(series, epochs));
  }

  async #items({ series: id, after }: ItemsRequest): Promise<ItemsResponse> {
    const series = this.#find(id);
    const all = series === undefined ? [] : this.#ledger.summaries.items(series);
    const rest = after.length === 0 ? all : all.filter((item) => compareBytes(item, after) > 0);
    return { type: "items", ids: rest.slice(0, MAX_ITEMS_LISTED), more: rest.length > MAX_ITEMS_LISTED };
  }

  async #fetch({ series: id, ids }: FetchRequest): Promise<StatementsResponse> {
    const series = this.#find(id);
    const found = series === undefined ? ids.map(() => undefined) : await this.#ledger.items(series, ids);
    return upToCap(found.map((statement) => (statement === undefined ? [] : [statement])));
  }

  #find(id: Uint8Array): Series | undefined {
    const isAsked = (named: NamedSeries): boolean => equalBytes(named.id, id);
    return (namedSeries(this.#ledger).find(isAsked) ?? namedConvicted(this.#ledger).find(isAsked))?.series;
  }
}

/** The first always fits: two statements of a slot, or one item of at most 64 KiB. */
function upToCap(slots: readonly (readonly Uint8Array[])[]): StatementsResponse {
  const statements: Uint8Array[] = [];
  let answered = 0;
  let sizeBytes = 0;
  for (const slot of slots) {
    sizeBytes += slot.reduce((sum, { length }) => sum + length, 0);
    if (answered > 0 && sizeBytes > MAX_STATEMENT_BYTES) break;
    statements.push(...slot);
    answered++;
  }
  return { type: "statements", answered, statements };
}
