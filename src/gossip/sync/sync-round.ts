/**
 * One round of head sync as the asker: find out where the ledgers differ, fetch what the peer has and we lack. Nothing
 * is pushed; the peer fetches from us in its own rounds. Nothing is judged here: whatever arrives goes through
 * `ingest`, as if it had come by gossip.
 */
import { compareBytes, equalBytes, toHex } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { EPOCHS_PER_BUCKET, type Series } from "../../ledger/summaries.ts";
import { type SpendListener, uncounted, type Verdict } from "../network.ts";
import type { FutileBuckets } from "./futile-buckets.ts";
import { commonFloor, floorsOf, type LedgerPort, ledgerTop, namedSeries } from "./ledger-port.ts";
import { decodeSyncResponse, encodeSyncRequest } from "./sync-codec.ts";
import {
  MAX_ITEMS_LISTED,
  MAX_STATEMENTS_ASKED,
  MAX_STATEMENTS_PER_SLOT,
  type SyncRequest,
  type SyncResponse,
  type TaggedBucket,
  tagOf,
} from "./sync-frames.ts";

/** Gives a statement to the ledger. "reject" says that no honest peer would have sent it, and ends the round. */
export type Ingest = (statement: Uint8Array, from: string, spend: SpendListener) => Promise<Verdict>;

export interface SyncRoundOptions {
  readonly peer: string;
  /** 16 random bytes, new for every round. */
  readonly nonce: Uint8Array;
  /** Buckets worked through in one round, half of them the newest and half the oldest that differ. */
  readonly maxBuckets: number;
  readonly signal: AbortSignal;
}

export interface SyncRoundModules {
  readonly ledger: LedgerPort;
  readonly ingest: Ingest;
  readonly futile: FutileBuckets;
  /** Sends one request frame to the peer and returns the response frame. */
  readonly ask: (request: Uint8Array) => Promise<Uint8Array>;
}

export interface SyncRoundResult {
  /**
   * False when there may be more to fetch at once: the budget ended the round, or heads were refused while others were
   * gained, which may have made them due.
   */
  readonly complete: boolean;
  readonly requests: number;
  readonly statements: number;
}

interface DifferingBucket {
  readonly series: Series;
  readonly id: Uint8Array;
  readonly bucket: number;
}

/**
 * Items listed of one series. A ledger takes a record, a few rotations and 1,024 observations of an auditor; ids cost a
 * liar nothing, and each one is asked for.
 */
const MAX_ITEMS_OF_SERIES = 2 * MAX_ITEMS_LISTED;

/** Stands for a series' items where buckets are remembered. */
const ITEMS = -1;

/** Larger than any bucket number. */
const NO_END: number = Number.MAX_SAFE_INTEGER;

/**
 * Throws SYNC_FRAME_INVALID and SYNC_PEER_MISBEHAVED for answers that no honest node gives, REQUEST_ABORTED when the
 * signal is aborted between requests, SYNC_PEER_BUSY, and what `ask` and `ingest` throw.
 */
export function syncRound(options: SyncRoundOptions, modules: SyncRoundModules): Promise<SyncRoundResult> {
  return new SyncRound(options, modules).run();
}

class SyncRound {
  readonly #options: SyncRoundOptions;
  readonly #modules: SyncRoundModules;
  readonly #refused: DifferingBucket[] = [];
  #requests = 0;
  #statements = 0;
  #gains = 0;

  constructor(options: SyncRoundOptions, modules: SyncRoundModules) {
    this.#options = options;
    this.#modules = modules;
  }

  async run(): Promise<SyncRoundResult> {
    const { ledger } = this.#modules;
    const { nonce } = this.#options;
    const all = namedSeries(ledger);
    const top = await ledgerTop(ledger, all);
    const summary = await this.#ask({ type: "summary", nonce, top, floors: floorsOf(ledger) }, "summary");
    if (summary.same) return this.#result("complete");
    const theirTags = new Map(summary.series.map(({ series, tag }) => [toHex(series), tag]));
    const differing: DifferingBucket[] = [];
    for (const { series, id } of all) {
      const theirTag = theirTags.get(toHex(id));
      if (theirTag === undefined) continue;
      const floor = commonFloor(ledger, series.namespace, summary.floors);
      if (equalBytes(theirTag, tagOf(nonce, await ledger.summaries.rollUp(series, floor)))) continue;
      await this.#fetchItems(series, id);
      differing.push(...(await this.#differingBuckets(series, id, floor)));
    }
    const chosen = newestAndOldest(differing, this.#options.maxBuckets);
    for (const bucket of chosen) await this.#fetchBucket(bucket);
    if (this.#gains === 0) await this.#rememberRefused();
    const more = chosen.length < differing.length || (this.#gains > 0 && this.#refused.length > 0);
    return this.#result(more ? "partial" : "complete");
  }

  async #fetchItems(series: Series, id: Uint8Array): Promise<void> {
    const { ledger, futile } = this.#modules;
    const { peer } = this.#options;
    const held = ledger.summaries.itemsHash(series);
    if (futile.isFutile(peer, series, ITEMS, held)) return;
    let missed = 0;
    let listed = 0;
    let after: Uint8Array = new Uint8Array();
    for (;;) {
      const { ids, more } = await this.#ask({ type: "items", series: id, after }, "items");
      const last = ids.at(-1);
      if (ids.some((item) => compareBytes(item, after) <= 0))
        throw this.#misbehaved("lists items that were not asked for");
      listed += ids.length;
      if (listed > MAX_ITEMS_OF_SERIES) throw this.#misbehaved("lists more items than a ledger takes");
      const missing = ids.filter((item) => !ledger.summaries.hasItem(series, item));
      missed += missing.length;
      for (let rest = missing; rest.length > 0; ) {
        const asked = rest.slice(0, MAX_STATEMENTS_ASKED);
        const answer = await this.#ask({ type: "fetch", series: id, ids: asked }, "statements");
        rest = rest.slice(await this.#ingestAll(answer, asked.length));
      }
      if (!more) break;
      if (last === undefined) throw this.#misbehaved("promises more items and lists none");
      after = last;
    }
    const holds = ledger.summaries.itemsHash(series);
    if (!equalBytes(held, holds)) this.#gains++;
    else if (missed > 0) futile.remember(peer, series, ITEMS, held);
  }

  async #differingBuckets(series: Series, id: Uint8Array, floor: number): Promise<DifferingBucket[]> {
    const range = { type: "buckets", nonce: this.#options.nonce, series: id, first: floor, end: NO_END } as const;
    const newest = await this.#ask({ ...range, order: "newest" }, "buckets");
    const listed = [...newest.buckets];
    if (newest.more) {
      const lowest = listed.at(-1)?.bucket ?? NO_END;
      // The middle comes up when both ends agree: their buckets then leave room in a later round.
      const oldest = await this.#ask({ ...range, order: "oldest", end: lowest }, "buckets");
      listed.push(...oldest.buckets);
    }
    const held = new Set(this.#modules.ledger.summaries.buckets(series, floor));
    const differing: DifferingBucket[] = [];
    const seen = new Set<number>();
    for (const entry of listed) {
      if (entry.bucket < floor || seen.has(entry.bucket))
        throw this.#misbehaved("lists buckets that were not asked for");
      seen.add(entry.bucket);
      if (await this.#isWorthwhile(series, entry, held)) differing.push({ series, id, bucket: entry.bucket });
    }
    return differing;
  }

  async #isWorthwhile(series: Series, { bucket, tag }: TaggedBucket, held: ReadonlySet<number>): Promise<boolean> {
    const { ledger, futile } = this.#modules;
    const own = held.has(bucket) ? await ledger.summaries.bucketHash(series, bucket) : undefined;
    if (own !== undefined && equalBytes(tag, tagOf(this.#options.nonce, own))) return false;
    return !futile.isFutile(this.#options.peer, series, bucket, own);
  }

  async #fetchBucket(differing: DifferingBucket): Promise<void> {
    const { series, id, bucket } = differing;
    const { nonce } = this.#options;
    const answer = await this.#ask({ type: "leaves", nonce, series: id, buckets: [bucket] }, "leaves");
    const [theirs = []] = answer.buckets;
    if (answer.buckets.length !== 1) throw this.#misbehaved("opens other buckets than were asked for");
    if (theirs.length === 0) throw this.#misbehaved("lists an empty bucket");
    const before = await this.#ownLeaves(series, bucket);
    const wanted = theirs.filter(({ offset, tag }) => {
      const own = before.get(offset);
      return own === undefined || !equalBytes(tagOf(nonce, own), tag);
    });
    const epochs = wanted.map(({ offset }) => bucket * EPOCHS_PER_BUCKET + offset);
    const statementsBefore = this.#statements;
    for (let rest = epochs; rest.length > 0; ) {
      const asked = rest.slice(0, MAX_STATEMENTS_ASKED);
      const statements = await this.#ask({ type: "statements", series: id, epochs: asked }, "statements");
      rest = rest.slice(await this.#ingestAll(statements, asked.length));
    }
    if (epochs.length > 0 && this.#statements === statementsBefore)
      throw this.#misbehaved("lists heads and gives none");
    const after = await this.#ownLeaves(series, bucket);
    // Gained: the slot is no longer what it was.
    const gained = wanted.filter(({ offset }) => differs(before.get(offset), after.get(offset))).length;
    this.#gains += gained;
    if (gained === 0) this.#refused.push(differing);
  }

  async #rememberRefused(): Promise<void> {
    const { ledger, futile } = this.#modules;
    for (const { series, bucket } of this.#refused) {
      futile.remember(this.#options.peer, series, bucket, await ledger.summaries.bucketHash(series, bucket));
    }
  }

  /** By offset in the bucket, the hash of what this node holds. */
  async #ownLeaves(series: Series, bucket: number): Promise<Map<number, Uint8Array>> {
    const leaves = await this.#modules.ledger.summaries.leaves(series, bucket);
    return new Map(leaves.map(({ epoch, hash }) => [epoch % EPOCHS_PER_BUCKET, hash]));
  }

  /** Returns how many of the epochs or ids asked for are answered. */
  async #ingestAll(
    { answered, statements }: Extract<SyncResponse, { type: "statements" }>,
    askedFor: number,
  ): Promise<number> {
    if (answered < 1 || answered > askedFor)
      throw this.#misbehaved("answers for more or for nothing of what was asked");
    if (statements.length > answered * MAX_STATEMENTS_PER_SLOT)
      throw this.#misbehaved("sends statements nobody asked for");
    for (const statement of statements) {
      this.#checkAborted();
      this.#statements++;
      const verdict = await this.#modules.ingest(statement, this.#options.peer, uncounted);
      if (verdict === "reject") throw this.#misbehaved("sends invalid statements");
    }
    return answered;
  }

  async #ask<T extends SyncResponse["type"]>(
    request: SyncRequest,
    expected: T,
  ): Promise<Extract<SyncResponse, { type: T }>> {
    this.#checkAborted();
    this.#requests++;
    const response = decodeSyncResponse(await this.#modules.ask(encodeSyncRequest(request)));
    if (response.type === "busy") {
      const { peer } = this.#options;
      throw new CoauditError("SYNC_PEER_BUSY", `${peer} has no place for our head sync now`, { peer });
    }
    if (response.type !== expected) throw this.#misbehaved(`answers a ${request.type} request by ${response.type}`);
    return response as Extract<SyncResponse, { type: T }>;
  }

  #checkAborted(): void {
    if (!this.#options.signal.aborted) return;
    const { peer } = this.#options;
    throw new CoauditError("REQUEST_ABORTED", `head sync with ${peer} took too long or was stopped`, {
      peer,
      protocol: "head sync",
    });
  }

  #result(end: "complete" | "partial"): SyncRoundResult {
    return { complete: end === "complete", requests: this.#requests, statements: this.#statements };
  }

  #misbehaved(reason: string): CoauditError<"SYNC_PEER_MISBEHAVED"> {
    const { peer } = this.#options;
    return new CoauditError("SYNC_PEER_MISBEHAVED", `${peer} ${reason} in head sync`, { peer, reason });
  }
}

/**
 * Newest first and oldest first in turns: a reader wants the newest heads, and the oldest are the ones a peer may prune
 * next.
 */
function newestAndOldest(differing: readonly DifferingBucket[], max: number): DifferingBucket[] {
  const newestFirst = [...differing].sort((a, b) => b.bucket - a.bucket || compareBytes(a.id, b.id));
  const chosen: DifferingBucket[] = [];
  for (let low = 0, high = newestFirst.length - 1; low <= high && chosen.length < max; ) {
    const next = chosen.length % 2 === 0 ? newestFirst[low++] : newestFirst[high--];
    if (next !== undefined) chosen.push(next);
  }
  return chosen;
}

function differs(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a !== b : !equalBytes(a, b);
}
