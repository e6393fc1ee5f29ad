/**
 * Hashes of what a ledger holds, so that two nodes can compare ledgers in a few bytes (docs/protocol.md 9.2).
 *
 * A series is what one auditor says of one namespace. Its slots are grouped in buckets of 1,024 epochs; a bucket's hash
 * covers its leaves, a series' hash its buckets' hashes and item ids. Two ledgers that agree in substance have equal
 * hashes.
 */
import { BoundedMap } from "../core/bounded-map.ts";
import { compareText, concat, fromHex, toHex, u16be, u64be, utf8 } from "../core/bytes.ts";
import { DIGEST_SIZE_BYTES } from "../core/hash.ts";
import { nativeSha256 } from "../platform/native-sha256.ts";
import { BucketLeaves } from "./bucket-leaves.ts";

export const EPOCHS_PER_BUCKET = 1024;

/**
 * `namespace` is empty for what belongs to no namespace (records, rotations); `auditor` is empty for what belongs to no
 * auditor (provider heads, evidence of convictions).
 */
export interface Series {
  readonly auditor: string;
  readonly namespace: string;
}

/** What a slot holds: one digest and how complete its signatures are (core/head.ts, completeness), or two digests. */
export type SlotState = { readonly digest: Uint8Array; readonly completeness: 1 | 2 | 3 } | "equivocated";

export interface Leaf {
  readonly epoch: number;
  readonly hash: Uint8Array;
}

export interface SummariesModules {
  /** The slots of a series with `from` <= epoch < `to`, as they stand in the store. */
  readonly readSlots: (series: Series, from: number, to: number) => Promise<readonly (readonly [number, SlotState])[]>;
}

/**
 * Buckets whose leaves stay in memory: 17 MB at most. Eleven weeks of five auditors; older ones are read again when
 * they are asked for.
 */
const MAX_OPEN_BUCKETS = 512;

interface Bucket {
  hash: Uint8Array | undefined;
}

interface Summary {
  readonly series: Series;
  readonly buckets: Map<number, Bucket>;
  readonly items: Set<string>;
  /** Grows with every change; what was computed at another version is stale. */
  version: number;
  /** Until an item comes or goes: items are few and stay, while slots change all the time. */
  itemsHash: Uint8Array | undefined;
  rolledUp: { version: number; floorBucket: number; hash: Uint8Array } | undefined;
}

interface OpenBucket {
  /** Leaves set while the store is still being read win over what is read. */
  readonly leaves: BucketLeaves;
  readonly loading: Promise<void>;
}

export class HeadSummaries {
  readonly #modules: SummariesModules;
  /**
   * By auditor and namespace: a combined key would be a new string to hash in every call, 3 % of a large simulated
   * world.
   */
  readonly #summaries: Map<string, Map<string, Summary>> = new Map();
  readonly #open: BoundedMap<string, OpenBucket> = new BoundedMap(MAX_OPEN_BUCKETS);

  constructor(modules: SummariesModules) {
    this.#modules = modules;
  }

  /** A slot changed. To be called once the store shows it. */
  set(auditor: string, namespace: string, epoch: number, state: SlotState): void {
    const series = { auditor, namespace };
    const bucket = bucketOf(epoch);
    this.addBucket(auditor, namespace, bucket);
    const open = this.#open.get(openKey(series, bucket));
    open?.leaves.set(epoch, leafHash(series, epoch, state));
  }

  /** At start, from a scan: the store has slots in this bucket. Its hash is computed on first use. */
  addBucket(auditor: string, namespace: string, bucket: number): void {
    const summary = this.#summary({ auditor, namespace });
    summary.buckets.set(bucket, { hash: undefined });
    summary.version++;
  }

  /**
   * Something without an epoch. The id is 32 bytes and the same on every node that holds the same in substance: see
   * itemId. Items stay in memory: the ledger bounds how many it accepts from one auditor.
   */
  addItem(auditor: string, namespace: string, id: Uint8Array): void {
    const summary = this.#summary({ auditor, namespace });
    summary.items.add(toHex(id));
    summary.itemsHash = undefined;
    summary.version++;
  }

  removeItem(auditor: string, namespace: string, id: Uint8Array): void {
    const summary = this.#summary({ auditor, namespace });
    summary.items.delete(toHex(id));
    summary.itemsHash = undefined;
    summary.version++;
  }

  /** Forgets whole buckets below the epoch, after retention removed them from the store. */
  dropBelow(namespace: string, epoch: number): void {
    for (const byNamespace of this.#summaries.values()) {
      const summary = byNamespace.get(namespace);
      if (summary === undefined) continue;
      for (const bucket of summary.buckets.keys()) {
        if ((bucket + 1) * EPOCHS_PER_BUCKET > epoch) continue;
        summary.buckets.delete(bucket);
        summary.version++;
        this.#open.delete(openKey(summary.series, bucket));
      }
    }
  }

  /** Buckets that hold something, ascending. */
  buckets(series: Series, floorBucket: number): number[] {
    const buckets = this.#held(series)?.buckets.keys() ?? [];
    return [...buckets].filter((bucket) => bucket >= floorBucket).sort((a, b) => a - b);
  }

  /** Ids of 32 bytes, ascending. */
  items(series: Series): Uint8Array[] {
    const items = this.#held(series)?.items ?? [];
    return [...items].sort(compareText).map((id) => fromHex(id));
  }

  hasItem(series: Series, id: Uint8Array): boolean {
    return this.#held(series)?.items.has(toHex(id)) ?? false;
  }

  /** SHA-256 over the hex text of the ids, ascending. */
  itemsHash(series: Series): Uint8Array {
    const summary = this.#held(series);
    if (summary === undefined) return hashOfItems([]);
    summary.itemsHash ??= hashOfItems(summary.items);
    return summary.itemsHash;
  }

  isEmpty(series: Series, floorBucket: number): boolean {
    const summary = this.#held(series);
    if (summary === undefined) return true;
    for (const bucket of summary.buckets.keys()) if (bucket >= floorBucket) return false;
    return summary.items.size === 0;
  }

  /** Ascending by epoch. */
  async leaves(series: Series, bucket: number): Promise<Leaf[]> {
    // A stranger may ask for any bucket; one that is not held takes no place in memory.
    if (!this.#held(series)?.buckets.has(bucket)) return [];
    const { leaves } = await this.#openBucket(series, bucket);
    const joined = leaves.joined();
    return leaves.epochs.map((epoch, place) => ({
      epoch,
      hash: joined.subarray(place * DIGEST_SIZE_BYTES, (place + 1) * DIGEST_SIZE_BYTES),
    }));
  }

  /** Whether its leaves are in memory: then they cost no reading and no hashing. */
  isOpen(series: Series, bucket: number): boolean {
    return this.#open.has(openKey(series, bucket));
  }

  /** How many buckets and items a series has: what listing them costs. */
  sizeOf(series: Series): number {
    const summary = this.#held(series);
    return summary === undefined ? 0 : summary.buckets.size + summary.items.size;
  }

  holds(series: Series, bucket: number): boolean {
    return this.#held(series)?.buckets.has(bucket) ?? false;
  }

  /**
   * SHA-256(`coaudit/bucket/v1\0` || leaves by epoch). A sum or XOR of leaves would be easy to update in any order, but
   * whoever holds a roster key chooses its leaves and could make different buckets sum to the same.
   */
  async bucketHash(series: Series, bucket: number): Promise<Uint8Array> {
    const entry = this.#held(series)?.buckets.get(bucket);
    if (entry?.hash !== undefined) return entry.hash;
    if (entry === undefined) return nativeSha256(BUCKET_TAG);
    const open = await this.#openBucket(series, bucket);
    const hash = nativeSha256(BUCKET_TAG, open.leaves.joined());
    // A slot that changed meanwhile put a new entry in its place, which stays without a hash.
    entry.hash = hash;
    return hash;
  }

  /**
   * SHA-256(`coaudit/series/v1\0` || per bucket from the floor on: u64be bucket, its hash || itemsHash). Costs nothing
   * while nothing changes.
   */
  async rollUp(series: Series, floorBucket: number): Promise<Uint8Array> {
    const summary = this.#summary(series);
    const { version, rolledUp } = summary;
    if (rolledUp?.version === version && rolledUp.floorBucket === floorBucket) return rolledUp.hash;
    const parts: Uint8Array[] = [SERIES_TAG];
    for (const bucket of this.buckets(series, floorBucket)) {
      parts.push(u64be(bucket), await this.bucketHash(series, bucket));
    }
    const hash = nativeSha256(...parts, this.itemsHash(series));
    // Of the version from before the awaits: what changed meanwhile makes it stale.
    summary.rolledUp = { version, floorBucket, hash };
    return hash;
  }

  #held({ auditor, namespace }: Series): Summary | undefined {
    return this.#summaries.get(auditor)?.get(namespace);
  }

  #summary(series: Series): Summary {
    const held = this.#held(series);
    if (held !== undefined) return held;
    const summary: Summary = {
      series,
      buckets: new Map(),
      items: new Set(),
      version: 0,
      itemsHash: undefined,
      rolledUp: undefined,
    };
    const byNamespace = this.#summaries.get(series.auditor) ?? new Map<string, Summary>();
    this.#summaries.set(series.auditor, byNamespace.set(series.namespace, summary));
    return summary;
  }

  async #openBucket(series: Series, bucket: number): Promise<OpenBucket> {
    const key = openKey(series, bucket);
    let open = this.#open.use(key);
    if (open === undefined) {
      const leaves = new BucketLeaves();
      open = { leaves, loading: this.#load(series, bucket, leaves) };
      open.loading.catch(() => this.#open.delete(key));
      this.#open.set(key, open);
    }
    await open.loading;
    return open;
  }

  async #load(series: Series, bucket: number, leaves: BucketLeaves): Promise<void> {
    const from = bucket * EPOCHS_PER_BUCKET;
    for (const [epoch, state] of await this.#modules.readSlots(series, from, from + EPOCHS_PER_BUCKET)) {
      if (!leaves.has(epoch)) leaves.set(epoch, leafHash(series, epoch, state));
    }
  }
}

function hashOfItems(items: Iterable<string>): Uint8Array {
  return nativeSha256(utf8([...items].sort(compareText).join("")));
}

export function bucketOf(epoch: number): number {
  return Math.floor(epoch / EPOCHS_PER_BUCKET);
}

/** The first bucket that lies wholly above a low-water mark. */
export function floorBucketOf(lowWaterEpoch: number): number {
  return Math.ceil(lowWaterEpoch / EPOCHS_PER_BUCKET);
}

/**
 * One digest: SHA-256(`coaudit/leaf/v1\0` || sized auditor || sized namespace || u64be epoch || digest || u8
 * completeness), names with their length in front as u16be. Two digests: SHA-256(`coaudit/leaf-equivocated/v1\0` ||
 * sized auditor || sized namespace || u64be epoch), whichever two they are.
 *
 * Timestamps and signatures are left out: signing again gives others. The completeness is in: a peer that was given a
 * stripped copy, one signature instead of two, holds another leaf and is repaired by the next sync.
 */
export function leafHash(series: Series, epoch: number, state: SlotState): Uint8Array {
  const slot = [sized(series.auditor), sized(series.namespace), u64be(epoch)];
  if (state === "equivocated") return nativeSha256(EQUIVOCATED_TAG, ...slot);
  return nativeSha256(LEAF_TAG, ...slot, state.digest, Uint8Array.of(state.completeness));
}

/**
 * The id of an item: SHA-256(`coaudit/item/v1\0` || parts with their lengths). The parts name what two nodes must agree
 * on, not the bytes: of observations the slot (auditor, namespace, epoch, kind), since nodes keep the first that
 * reached them; of a conviction the auditor; of a record all of its bytes, since the newest wins everywhere. [a hostile
 * key signs a different one for every node, and they never agree]
 */
export function itemId(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return nativeSha256(ITEM_TAG, ...parts.map((part) => sized(part)));
}

export function compareSeries(a: Series, b: Series): number {
  return compareText(a.auditor, b.auditor) || compareText(a.namespace, b.namespace);
}

export function sized(part: string | Uint8Array): Uint8Array {
  const bytes = typeof part === "string" ? utf8(part) : part;
  return concat(u16be(bytes.length), bytes);
}

const LEAF_TAG = utf8("coaudit/leaf/v1\0");
const EQUIVOCATED_TAG = utf8("coaudit/leaf-equivocated/v1\0");
const BUCKET_TAG = utf8("coaudit/bucket/v1\0");
const SERIES_TAG = utf8("coaudit/series/v1\0");
const ITEM_TAG = utf8("coaudit/item/v1\0");

function openKey({ auditor, namespace }: Series, bucket: number): string {
  return `${namespace}\n${auditor}\n${bucket}`;
}
