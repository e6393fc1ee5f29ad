/**
 * One round of head sync as the asker (docs/protocol.md 9.4): finds where the two ledgers differ and fetches what only
 * the peer holds. Nothing is pushed; the peer fetches in rounds of its own. Nothing is judged here either: whatever
 * arrives goes through `ingest`, as if it had come by gossip.
 */
import { compareBytes, equalBytes, toHex } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { bucketOf, EPOCHS_PER_BUCKET, type Series } from "../../ledger/summaries.ts";
import { type SpendListener, uncounted, type Verdict } from "../network.ts";
import type { FutileBuckets } from "./futile-buckets.ts";
import {
  commonFloor,
  floorsOf,
  type LedgerPort,
  ledgerTop,
  type NamedSeries,
  namedConvicted,
  namedSeries,
} from "./ledger-port.ts";
import { decodeSyncResponse, encodeSyncRequest } from "./sync-codec.ts";
import {
  type Floor,
  MAX_ITEMS_LISTED,
  MAX_STATEMENTS_ASKED,
  MAX_STATEMENTS_PER_SLOT,
  type SyncRequest,
  type SyncResponse,
  type TaggedBucket,
  tagOf,
} from "./sync-frames.ts";

/** Hands a statement to the ledger. "reject" means that no honest peer sends it, and ends the round. */
export type Ingest = (statement: Uint8Array, from: string, spend: SpendListener) => Promise<Verdict>;

export interface SyncRoundOptions {
  readonly peer: string;
  /** 16 random bytes, new for every round. */
  readonly nonce: Uint8Array;
  /** Buckets opened in one round: half of them the newest that differ, half the oldest. */
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
   * False when more can be fetched right away: `maxBuckets` ended the round, or heads were refused while others were
   * stored, which may have made the refused ones acceptable.
   */
  readonly complete: boolean;
  readonly requests: number;
  readonly statements: number;
}

interface DifferingBucket {
  readonly series: Series;
  readonly id: Uint8Array;
  readonly bucket: number;
  /** Nothing above it is asked for. Default: all is. */
  readonly lastEpoch?: number;
}

/**
 * Items that a peer may list of one series. A ledger takes a record, a few rotations and 1,024 observations of each
 * auditor; a liar makes up ids for nothing, and every one of them would be fetched.
 */
const MAX_ITEMS_OF_SERIES = 2 * MAX_ITEMS_LISTED;

/** Stands for the items of a series where FutileBuckets expects a bucket. */
const ITEMS = -1;

/** Larger than any bucket number. */
const NO_END: number = Number.MAX_SAFE_INTEGER;

/**
 * Throws SYNC_FRAME_INVALID and SYNC_PEER_MISBEHAVED for answers that no honest node gives (docs/protocol.md 9.4),
 * SYNC_PEER_BUSY, REQUEST_ABORTED when the signal is aborted between requests, and what `ask` and `ingest` throw.
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
    // docs/protocol.md 9.4 row 1
    const summary = await this.#ask({ type: "summary", nonce, top, floors: floorsOf(ledger) }, "summary");
    const differing = summary.same ? [] : await this.#compare(all, summary);
    differing.push(...(await this.#forgiven(summary.floors)));
    // docs/protocol.md 9.4 rows 3 to 5
    const chosen = newestAndOldest(differing, this.#options.maxBuckets);
    for (const bucket of chosen) {
      const gained = await this.#fetchBucket(bucket);
      this.#gains += gained;
      if (gained === 0) this.#refused.push(bucket);
    }
    if (this.#gains === 0) await this.#rememberRefused();
    const more = chosen.length < differing.length || (this.#gains > 0 && this.#refused.length > 0);
    return this.#result(more ? "partial" : "complete");
  }

  /** docs/protocol.md 9.4 row 2. Fetches items at once; returns the buckets that differ. */
  async #compare(
    all: readonly NamedSeries[],
    summary: Extract<SyncResponse, { type: "summary" }>,
  ): Promise<DifferingBucket[]> {
    const { ledger } = this.#modules;
    const { nonce } = this.#options;
    const theirTags = new Map(summary.series.map(({ series, tag }) => [toHex(series), tag]));
    const differing: DifferingBucket[] = [];
    for (const { series, id } of all) {
      const theirTag = theirTags.get(toHex(id));
      if (theirTag === undefined) continue;
      const floor = commonFloor(ledger, series.namespace, summary.floors);
      if (equalBytes(theirTag, tagOf(nonce, await ledger.summaries.rollUp(series, floor)))) continue;
      await this.#fetchItems(series, id);
      differing.push(...(await this.#differingBuckets({ series, id }, { floor, end: NO_END })));
    }
    return differing;
  }

  /** What convicted auditors said up to the epoch to which this node still trusts them: no summary has it. */
  async #forgiven(floors: readonly Floor[]): Promise<DifferingBucket[]> {
    const { ledger } = this.#modules;
    const differing: DifferingBucket[] = [];
    for (const { series, id } of namedConvicted(ledger)) {
      const { trustedUntil } = series;
      if (trustedUntil === undefined) continue;
      const range = { floor: commonFloor(ledger, series.namespace, floors), end: bucketOf(trustedUntil) + 1 };
      if (range.floor >= range.end) continue;
      const buckets = await this.#differingBuckets({ series, id }, range);
      differing.push(...buckets.map((bucket) => ({ ...bucket, lastEpoch: trustedUntil })));
    }
    return differing;
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

  async #differingBuckets(
    { series, id }: NamedSeries,
    { floor, end }: { readonly floor: number; readonly end: number },
  ): Promise<DifferingBucket[]> {
    const range = { type: "buckets", nonce: this.#options.nonce, series: id, first: floor, end } as const;
    const newest = await this.#ask({ ...range, order: "newest" }, "buckets");
    const listed = [...newest.buckets];
    if (newest.more) {
      const lowest = listed.at(-1)?.bucket ?? NO_END;
      // The buckets in the middle follow in later rounds, once those at both ends agree.
      const oldest = await this.#ask({ ...range, order: "oldest", end: lowest }, "buckets");
      listed.push(...oldest.buckets);
    }
    const held = new Set(this.#modules.ledger.summaries.buckets(series, floor));
    const differing: DifferingBucket[] = [];
    const seen = new Set<number>();
    for (const entry of listed) {
      if (entry.bucket < floor || entry.bucket >= end || seen.has(entry.bucket))
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

  /** Returns in how many epochs this node knows more than before. */
  async #fetchBucket(differing: DifferingBucket): Promise<number> {
    const { series, id, bucket, lastEpoch = NO_END } = differing;
    const { nonce } = this.#options;
    const answer = await this.#ask({ type: "leaves", nonce, series: id, buckets: [bucket] }, "leaves");
    const [theirs = []] = answer.buckets;
    if (answer.buckets.length !== 1) throw this.#misbehaved("opens other buckets than were asked for");
    if (theirs.length === 0) {
      if (await this.#isGone(differing)) return 0;
      throw this.#misbehaved("lists an empty bucket");
    }
    const before = await this.#ownLeaves(series, bucket);
    const wanted = theirs.filter(({ offset, tag }) => {
      if (bucket * EPOCHS_PER_BUCKET + offset > lastEpoch) return false;
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
    if (epochs.length > 0 && this.#statements === statementsBefore) {
      if (await this.#isGone(differing)) return 0;
      throw this.#misbehaved("lists heads and gives none");
    }
    const after = await this.#ownLeaves(series, bucket);
    return wanted.filter(({ offset }) => differs(before.get(offset), after.get(offset))).length;
  }

  /** What it listed when the round began, it may have dropped since: whoever it convicts has no series any more. */
  async #isGone({ series, id, bucket }: DifferingBucket): Promise<boolean> {
    const { ledger } = this.#modules;
    const top = await ledgerTop(ledger, namedSeries(ledger));
    const request = { type: "summary", nonce: this.#options.nonce, top, floors: floorsOf(ledger) } as const;
    const now = await this.#ask(request, "summary");
    const isListed = !now.same && now.series.some((listed) => equalBytes(listed.series, id));
    return !isListed || bucket < commonFloor(ledger, series.namespace, now.floors);
  }

  async #rememberRefused(): Promise<void> {
    const { ledger, futile } = this.#modules;
    for (const { series, bucket } of this.#refused) {
      futile.remember(this.#options.peer, series, bucket, await ledger.summaries.bucketHash(series, bucket));
    }
  }

  /** What this node holds of the bucket: leaf hashes by their offset in it. */
  async #ownLeaves(series: Series, bucket: number): Promise<Map<number, Uint8Array>> {
    const leaves = await this.#modules.ledger.summaries.leaves(series, bucket);
    return new Map(leaves.map(({ epoch, hash }) => [epoch % EPOCHS_PER_BUCKET, hash]));
  }

  /** Returns how many of the epochs or ids asked for were answered. */
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
 * The newest and the oldest in turns: readers want the newest heads, and the oldest are what the peer may prune next.
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
