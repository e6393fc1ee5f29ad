/** The elements of a proof as two lists in ascending order, whatever order the proof has them in. */
import type { Kernel } from "../kernel/kernel.ts";
import { RECORD_BYTES, RECORD_LENGTH } from "../kernel/layout.ts";
import { compareRecords } from "../kernel/records.ts";
import { labelHex } from "../label.ts";
import type { DescribedElement } from "../order.ts";
import type { ProofReader } from "./proof-reader.ts";

const RECORD_WORDS = RECORD_BYTES >>> 2;

export type ListName = "inserted" | "unchanged";

/** Positions in the two lists, ends excluded. */
export interface Range {
  readonly unchangedFrom: number;
  readonly unchangedTo: number;
  readonly insertedFrom: number;
  readonly insertedTo: number;
}

export function rangeSize(range: Range): number {
  return range.unchangedTo - range.unchangedFrom + range.insertedTo - range.insertedFrom;
}

export class Elements {
  /** Where they are not the identity: element numbers within their list by position. */
  insertedOrder: Uint32Array | undefined;
  unchangedOrder: Uint32Array | undefined;
  readonly #kernel: Kernel;
  readonly #reader: ProofReader;

  constructor(kernel: Kernel, reader: ProofReader) {
    this.#kernel = kernel;
    this.#reader = reader;
  }

  get insertedCount(): number {
    return this.#reader.inserted;
  }

  /** So far. */
  get unchangedCount(): number {
    return this.#reader.count - this.#reader.inserted;
  }

  element(list: ListName, position: number): number {
    if (list === "inserted") return this.insertedOrder?.[position] ?? position;
    return this.#reader.inserted + (this.unchangedOrder?.[position] ?? position);
  }

  /** Address of the record at a position, in bytes. */
  address(list: ListName, position: number): number {
    return this.#reader.recordAddress(this.element(list, position));
  }

  compare(a: number, b: number): number {
    return compareRecords(this.#kernel.memory.words, a >>> 2, b >>> 2);
  }

  /**
   * The first position of an inserted element, at or after `from`, whose record does not sort before the one at
   * `address`.
   */
  firstInsertedFrom(address: number, from: number): number {
    let to = this.insertedCount;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.compare(this.address("inserted", middle), address) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** Addresses of the first and the last leaf of a range that is not empty. */
  ends(range: Range): [first: number, last: number] {
    if (range.insertedFrom === range.insertedTo)
      return this.#listEnds("unchanged", range.unchangedFrom, range.unchangedTo);
    const [first, last] = this.#listEnds("inserted", range.insertedFrom, range.insertedTo);
    if (range.unchangedFrom === range.unchangedTo) return [first, last];
    const [otherFirst, otherLast] = this.#listEnds("unchanged", range.unchangedFrom, range.unchangedTo);
    return [
      this.compare(first, otherFirst) <= 0 ? first : otherFirst,
      this.compare(last, otherLast) > 0 ? last : otherLast,
    ];
  }

  /** Whether the list's positions from..to-1 lie one after the other in memory. */
  isContiguous(list: ListName): boolean {
    return (list === "inserted" ? this.insertedOrder : this.unchangedOrder) === undefined;
  }

  /** Copies the records of positions from..to-1 to `target`, from word `at` on. */
  copy(list: ListName, from: number, to: number, target: Uint32Array, at: number): void {
    const { words } = this.#kernel.memory;
    if (this.isContiguous(list)) {
      const start = this.address(list, from) >>> 2;
      target.set(words.subarray(start, start + (to - from) * RECORD_WORDS), at);
      return;
    }
    for (let position = from; position < to; position++) {
      const start = this.address(list, position) >>> 2;
      for (let word = 0; word < RECORD_WORDS; word++) target[at++] = words[start + word] as number;
    }
  }

  /** The element whose record is at `address`, for errors. */
  describe(address: number): DescribedElement {
    const element = (address - this.#reader.recordAddress(0)) / RECORD_BYTES;
    const { words } = this.#kernel.memory;
    const start = address >>> 2;
    const label = labelHex(words.slice(start, start + 8), 0);
    const lengthBits = words[start + (RECORD_LENGTH >>> 2)] as number;
    return { element, isInserted: element < this.#reader.inserted, label, lengthBits };
  }

  #listEnds(list: ListName, from: number, to: number): [number, number] {
    return [this.address(list, from), this.address(list, to - 1)];
  }
}
