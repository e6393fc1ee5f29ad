/** Sorts records that came in no useful order: radix sort, most significant byte first. */
import { RECORD_BYTES, RECORD_LENGTH } from "../kernel/layout.ts";
import { compareRecords } from "../kernel/records.ts";
import type { Pacer } from "./pacer.ts";

const RECORD_WORDS = RECORD_BYTES >>> 2;
/** The digits of a record: 32 bytes of label, then its length. */
const DIGITS = 33;
/** Ranges up to this size are sorted by insertion. */
const SMALL = 24;
/** Steps between two looks at the clock, about half a millisecond. */
const STEPS = 16_384;

/**
 * The indices 0..count-1 of the records at `address` (bytes) in the order of their labels, then lengths, then indices. Linear: each
 * record is looked at once a digit at most, whatever the labels share.
 */
export async function sortedRecords(
  words: () => Uint32Array,
  address: number,
  count: number,
  pacer: Pacer,
): Promise<Uint32Array> {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const scratch = new Uint32Array(count);
  const sorter = new RadixSorter(words, address >>> 2, order, scratch, pacer);
  await sorter.sort();
  return order;
}

class RadixSorter {
  readonly #words: () => Uint32Array;
  readonly #base: number;
  readonly #order: Uint32Array;
  readonly #scratch: Uint32Array;
  readonly #pacer: Pacer;
  readonly #ends = new Uint32Array(257);
  #steps = 0;

  constructor(words: () => Uint32Array, base: number, order: Uint32Array, scratch: Uint32Array, pacer: Pacer) {
    this.#words = words;
    this.#base = base;
    this.#order = order;
    this.#scratch = scratch;
    this.#pacer = pacer;
  }

  async sort(): Promise<void> {
    // At most 256 ranges a digit wait at any time.
    const pending: [from: number, to: number, digit: number][] = [[0, this.#order.length, 0]];
    for (let range = pending.pop(); range !== undefined; range = pending.pop()) {
      const [from, to, digit] = range;
      if (to - from <= SMALL) {
        this.#insert(from, to);
        this.#steps += to - from;
        if (this.#steps >= STEPS) await this.#rest();
        continue;
      }
      await this.#distribute(from, to, digit);
      if (digit + 1 === DIGITS) continue;
      // #ends holds, for each value of the digit, where its records now end
      let start = from;
      for (let value = 0; value < 256; value++) {
        const end = from + (this.#ends[value] as number);
        if (end - start > 1) pending.push([start, end, digit + 1]);
        start = end;
      }
    }
  }

  async #distribute(from: number, to: number, digit: number): Promise<void> {
    const ends = this.#ends;
    ends.fill(0);
    for (let at = from; at < to; at += STEPS) {
      this.#count(at, Math.min(at + STEPS, to), digit);
      await this.#worked(Math.min(STEPS, to - at));
    }
    for (let value = 1; value < 257; value++) ends[value] = (ends[value] as number) + (ends[value - 1] as number);
    // all records have one value: they stay
    if (isOneBucket(ends, to - from)) {
      shiftDown(ends);
      return;
    }
    for (let at = from; at < to; at += STEPS) {
      this.#move(from, at, Math.min(at + STEPS, to), digit);
      await this.#worked(Math.min(STEPS, to - at));
    }
    this.#order.set(this.#scratch.subarray(from, to), from);
  }

  #count(from: number, to: number, digit: number): void {
    const words = this.#words();
    for (let at = from; at < to; at++) {
      const next = this.#digit(words, this.#order[at] as number, digit) + 1;
      this.#ends[next] = (this.#ends[next] as number) + 1;
    }
  }

  #move(base: number, from: number, to: number, digit: number): void {
    const words = this.#words();
    const ends = this.#ends;
    for (let at = from; at < to; at++) {
      const record = this.#order[at] as number;
      const value = this.#digit(words, record, digit);
      const place = ends[value] as number;
      this.#scratch[base + place] = record;
      ends[value] = place + 1;
    }
  }

  #digit(words: Uint32Array, record: number, digit: number): number {
    const start = this.#base + record * RECORD_WORDS;
    if (digit === DIGITS - 1) return (words[start + (RECORD_LENGTH >>> 2)] as number) - 1;
    return ((words[start + (digit >>> 2)] as number) >>> (24 - 8 * (digit & 3))) & 255;
  }

  #insert(from: number, to: number): void {
    const words = this.#words();
    const order = this.#order;
    for (let i = from + 1; i < to; i++) {
      const record = order[i] as number;
      const start = this.#base + record * RECORD_WORDS;
      let hole = i;
      for (; hole > from; hole--) {
        const other = order[hole - 1] as number;
        if (compareRecords(words, this.#base + other * RECORD_WORDS, start) <= 0) break;
        order[hole] = other;
      }
      order[hole] = record;
    }
  }

  async #worked(steps: number): Promise<void> {
    this.#steps += steps;
    if (this.#steps >= STEPS) await this.#rest();
  }

  async #rest(): Promise<void> {
    this.#steps = 0;
    await this.#pacer.pause();
  }
}

/** Before moving, entry v holds where value v starts; afterwards where it ends. */
function isOneBucket(ends: Uint32Array, count: number): boolean {
  for (let value = 0; value < 256; value++) {
    const size = (ends[value + 1] as number) - (ends[value] as number);
    if (size !== 0) return size === count;
  }
  return false;
}

function shiftDown(ends: Uint32Array): void {
  ends.copyWithin(0, 1);
}
