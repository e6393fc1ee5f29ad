/**
 * A sorted table of a simulated disk: what a store writes, and what of it a power cut takes away. Outlives the lives of
 * its node.
 */
import type { KeyRange, StoreOperation } from "../../ledger/store/store.ts";
import { fromLatin1, type Interner, latin1 } from "./interner.ts";

/** What was there before a batch that is not synced yet. */
interface Unsynced {
  readonly atUs: number;
  readonly before: readonly (readonly [key: string, value: Uint8Array | undefined])[];
}

/** The page cache of a usual Linux is written back after 30 s. */
const WRITEBACK_US = 30_000_000;

export class DiskTable {
  readonly #interner: Interner;
  readonly #values: Map<string, Uint8Array>;
  /** In order once sorted; most keys come in ascending order anyway. */
  #keys: string[];
  #isSorted = true;
  #unsynced: Unsynced[] = [];
  readonly #remembersUnsynced: boolean;
  /** Keys whose entries the disk lost although they were synced, and which nobody wrote again since. */
  readonly #lost: Set<string>;

  /** `durability`: "power-cuts" remembers what is not synced; "kept" does not, for disks that never lose power. */
  constructor(interner: Interner, durability: "power-cuts" | "kept", from?: DiskTable) {
    this.#interner = interner;
    this.#remembersUnsynced = durability === "power-cuts";
    this.#values = new Map(from?.read());
    this.#keys = [...this.#values.keys()];
    this.#isSorted = from === undefined;
    this.#lost = new Set(from === undefined ? [] : from.#lost);
  }

  /** How many entries are lost that were synced. */
  get lostEntries(): number {
    return this.#lost.size;
  }

  /** Everything, as it is now. */
  read(): ReadonlyMap<string, Uint8Array> {
    return this.#values;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(latin1(key));
  }

  apply(operations: readonly StoreOperation[], sync: boolean, nowUs: number): void {
    const before: [string, Uint8Array | undefined][] = [];
    for (const operation of operations) {
      const key = this.#interner.key(operation.key);
      if (this.#remembersUnsynced && !sync) before.push([key, this.#values.get(key)]);
      this.#set(key, operation.type === "put" ? this.#interner.value(operation.value) : undefined);
    }
    // A synced write goes to the same log behind the others, and takes them with it.
    if (sync) this.#unsynced = [];
    else if (before.length > 0) {
      this.#unsynced = this.#atRisk(nowUs);
      this.#unsynced.push({ atUs: nowUs, before });
    }
  }

  range({ gte, lt, reverse = false, limit }: KeyRange): [Uint8Array, Uint8Array][] {
    this.#sort();
    const most = limit ?? Number.POSITIVE_INFINITY;
    let first = this.#lowerBound(latin1(gte));
    let end = this.#lowerBound(latin1(lt));
    if (reverse) first = Math.max(first, end - most);
    else end = Math.min(end, first + most);
    const found: [Uint8Array, Uint8Array][] = [];
    for (let at = first; at < end; at++) {
      const key = this.#keys[at] as string;
      found.push([fromLatin1(key), this.#values.get(key) as Uint8Array]);
    }
    return reverse ? found.reverse() : found;
  }

  /** The last `count` entries of a range are gone, synced or not. */
  loseLast(range: KeyRange, count: number): void {
    const keys = this.range({ ...range, reverse: true, limit: count }).map(([key]) => key);
    this.apply(
      keys.map((key) => ({ type: "delete", key })),
      true,
      0,
    );
    for (const key of keys) this.#lost.add(this.#interner.key(key));
  }

  /**
   * The machine loses power: of what was not synced a prefix is there afterwards, as long as `chosen` (0 to 1) says.
   */
  losePower(nowUs: number, chosen: number): void {
    const atRisk = this.#atRisk(nowUs);
    this.#unsynced = [];
    const kept = Math.floor(chosen * (atRisk.length + 1));
    for (const { before } of atRisk.slice(kept).reverse()) {
      for (const [key, value] of [...before].reverse()) this.#set(key, value);
    }
  }

  /** What the kernel has not written back yet: the newest, in order. */
  #atRisk(nowUs: number): Unsynced[] {
    const first = this.#unsynced.findIndex(({ atUs }) => nowUs - atUs < WRITEBACK_US);
    if (first === 0) return this.#unsynced;
    return first < 0 ? [] : this.#unsynced.slice(first);
  }

  #set(key: string, value: Uint8Array | undefined): void {
    const isHeld = this.#values.has(key);
    if (value !== undefined) {
      this.#lost.delete(key);
      if (!isHeld) {
        const last = this.#keys[this.#keys.length - 1];
        if (last !== undefined && last > key) this.#isSorted = false;
        this.#keys.push(key);
      }
      this.#values.set(key, value);
    } else if (isHeld) {
      this.#sort();
      this.#keys.splice(this.#lowerBound(key), 1);
      this.#values.delete(key);
    }
  }

  #sort(): void {
    if (this.#isSorted) return;
    this.#keys.sort(byCodeUnit);
    this.#isSorted = true;
  }

  #lowerBound(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
