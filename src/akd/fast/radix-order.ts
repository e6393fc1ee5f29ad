/** Sorts records that came in no useful order: radix sort, most significant byte first. */
import { RECORD_BYTES, RECORD_LENGTH } from "../kernel/layout.ts";
import { compareRecords } from "../kernel/records.ts";
import type { Pacer } from "./pacer.ts";

const RECORD_WORDS = RECORD_BYTES >>> 2;
/** The digits of a record: 32 bytes of label, then its length. */
const DIGITS = 33;
/** Ranges up to this size are sorted by insertion. */
const SMALL = 24;
/** Ranges from this size on are split by two bytes at once. */
const WIDE_FROM = 65_536;
/** Steps between two looks at the clock, about half a millisecond. */
const STEPS = 16_384;

/**
 * The indices 0..count-1 of the records at `address` (bytes) in the order of their labels, then lengths, then indices.
 * Linear: each record is looked at once a digit at most, whatever the labels share.
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
  readonly #ends = new Uint32Array(65_537);
  #steps = 0;

  constructor(words: () => Uint32Array, base: number, order: Uint32Array, scratch: Uint32Array, pacer: Pacer) {
    this.#words = words;
    this.#base = base;
    this.#order = order;
    this.#scratch = scratch;
    this.#pacer = pacer;
  }

  async sort(): Promise<void> {
    const pending: [from: number, to: number, digit: number][] = [[0, this.#order.length, 0]];
    for (let range = pending.pop(); range !== undefined; range = pending.pop()) {
      const [from, to, digit] = range;
      if (to - from <= SMALL) {
        this.#insert(from, to);
        continue;
      }
      // two bytes at once where there are more records than values: one look at each record less
      const width = to - from >= WIDE_FROM && digit % 2 === 0 && digit + 2 < DIGITS ? 2 : 1;
      await this.#distribute(from, to, digit, width);
      if (digit + width === DIGITS) continue;
      // #ends holds, for each value of the digit, where its records now end
      const values = valuesOf(width);
      let start = from;
      for (let value = 0; value < values && start < to; value++) {
        const end = from + (this.#ends[value] as number);
        if (end - start > SMALL) pending.push([start, end, digit + width]);
        else if (end - start > 1) this.#insert(start, end);
        const pause = this.#worked(end - start);
        if (pause !== undefined) await pause;
        start = end;
      }
    }
  }

  async #distribute(from: number, to: number, digit: number, width: 1 | 2): Promise<void> {
    const values = valuesOf(width);
    const ends = this.#ends.subarray(0, values + 1);
    ends.fill(0);
    for (let at = from; at < to; at += STEPS) {
      this.#count(at, Math.min(at + STEPS, to), digit, width);
      await this.#worked(STEPS);
    }
    for (let value = 1; value <= values; value++) ends[value] = (ends[value] as number) + (ends[value - 1] as number);
    if (isOneBucket(ends, to - from)) {
      // the records stay: each value ends where the next one starts
      ends.copyWithin(0, 1);
      return;
    }
    for (let at = from; at < to; at += STEPS) {
      this.#move(from, at, Math.min(at + STEPS, to), digit, width);
      await this.#worked(STEPS);
    }
    this.#order.set(this.#scratch.subarray(from, to), from);
  }

  #count(from: number, to: number, digit: number, width: 1 | 2): void {
    const words = this.#words();
    for (let at = from; at < to; at++) {
      const next = this.#digit(words, this.#order[at] as number, digit, width) + 1;
      this.#ends[next] = (this.#ends[next] as number) + 1;
    }
  }

  /** Afterwards each value's entry of #ends, where it started, is where it ends. */
  #move(base: number, from: number, to: number, digit: number, width: 1 | 2): void {
    const words = this.#words();
    const ends = this.#ends;
    for (let at = from; at < to; at++) {
      const record = this.#order[at] as number;
      const value = this.#digit(words, record, digit, width);
      const place = ends[value] as number;
      this.#scratch[base + place] = record;
      ends[value] = place + 1;
    }
  }

  #digit(words: Uint32Array, record: number, digit: number, width: 1 | 2): number {
    const start = this.#base + record * RECORD_WORDS;
    if (digit === DIGITS - 1) return (words[start + (RECORD_LENGTH >>> 2)] as number) - 1;
    const word = words[start + (digit >>> 2)] as number;
    return width === 2 ? (word >>> (16 - 8 * (digit & 3))) & 0xffff : (word >>> (24 - 8 * (digit & 3))) & 255;
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

  #worked(steps: number): Promise<void> | undefined {
    this.#steps += steps;
    if (this.#steps < STEPS) return undefined;
    this.#steps = 0;
    return this.#pacer.pause();
  }
}

function valuesOf(width: 1 | 2): number {
  return width === 2 ? 65_536 : 256;
}

/** `ends`: where each value starts, and at the end how many there are of all. */
function isOneBucket(ends: Uint32Array, count: number): boolean {
  const first = ends.findIndex((end) => end > 0);
  return ends[first] === count;
}
