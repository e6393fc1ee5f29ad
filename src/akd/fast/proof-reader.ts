/**
 * Decodes a proof as its bytes arrive, into records that lie one after the other in the kernel's memory, inserted ones
 * first.
 */

import type { Kernel } from "../kernel/kernel.ts";
import {
  DECODE_SLACK_BYTES,
  DECODED_COUNT,
  DECODED_DESCENT,
  INSERTED_TAG,
  LARGEST_ELEMENT_BYTES,
  RECORD_BYTES,
  SMALLEST_ELEMENT_BYTES,
  UNCHANGED_TAG,
  ZERO_RECORD,
} from "../kernel/layout.ts";
import { RefusedElement } from "../refused-element.ts";

/** Bytes decoded in one go, well under a millisecond. */
export const WINDOW_BYTES: number = 256 * 1024;
/**
 * More ascending runs than that in one list are no order at all: sorting then is cheaper than to keep the runs apart. A
 * real directory's proof has one run for each part of the tree that it made in parallel, so as many as its provider's
 * machine has cores.
 */
const MAX_RUNS = 512;

/** What 32-bit addresses reach. */
const LARGEST_MEMORY_BYTES = 2 ** 32;

export class ProofReader {
  /** Elements read so far, and how many of them are inserted. */
  count = 0;
  inserted = 0;
  /** Set once an unchanged element came or the proof ended: there are no more inserted ones. */
  isPastInserted = false;
  isEnded = false;
  /** False once a list has too many runs; the lists below then say nothing. */
  isOrdered = true;
  /** The elements at which the ascending runs of each list begin. */
  readonly insertedRuns: number[] = [];
  readonly unchangedRuns: number[] = [];
  readonly #kernel: Kernel;
  readonly #window: number;
  readonly #records: number;
  /** Bytes at the start of the window that are no whole element yet. */
  #heldBytes = 0;
  #readBytes = 0;
  /** Set once an element is not canonical: nothing is decoded any more. */
  refused: RefusedElement | undefined;

  constructor(kernel: Kernel, address: number) {
    this.#kernel = kernel;
    this.#window = address;
    this.#records = (address + WINDOW_BYTES + DECODE_SLACK_BYTES + 15) & ~15;
    kernel.memory.reserve(this.#records);
  }

  /** In bytes; records may move only when the kernel's memory does. */
  recordAddress(element: number): number {
    return this.#records + element * RECORD_BYTES;
  }

  /** The next bytes, at most WINDOW_BYTES / 2. Throws the PROOF_ error of the first element that is not canonical. */
  take(bytes: Uint8Array): void {
    if (this.refused !== undefined) {
      this.refused.take(bytes);
      return;
    }
    this.#kernel.memory.bytes.set(bytes, this.#window + this.#heldBytes);
    const end = this.#window + this.#heldBytes + bytes.length;
    const position = this.#decode(end);
    this.#readBytes += position - this.#window;
    this.#heldBytes = end - position;
    if (this.#heldBytes >= LARGEST_ELEMENT_BYTES) this.#refuse(position);
    else this.#kernel.memory.bytes.copyWithin(this.#window, position, end);
  }

  /** After the last byte. Throws as `take` does, also for an element that is not whole. */
  end(): void {
    if (this.#heldBytes > 0 && this.refused === undefined) this.#refuse(this.#window);
    this.refused?.end();
    if (!this.isPastInserted) this.#passInserted();
    this.isEnded = true;
  }

  #decode(end: number): number {
    const { memory } = this.#kernel;
    let position = this.#window;
    for (;;) {
      const most = Math.floor((end - position) / SMALLEST_ELEMENT_BYTES) + 1;
      this.#reserve(this.recordAddress(this.count + most));
      const runs = this.isPastInserted ? this.unchangedRuns : this.insertedRuns;
      const runStart = runs.at(-1);
      const isInRun = runStart !== undefined && runStart < this.count;
      const previous = !this.isOrdered ? 0 : isInRun ? this.recordAddress(this.count - 1) : ZERO_RECORD;
      const tag = this.isPastInserted ? UNCHANGED_TAG : INSERTED_TAG;
      position = this.#kernel.decode(position, end, this.recordAddress(this.count), tag, previous);
      const decoded = memory.words[DECODED_COUNT >>> 2] as number;
      if (decoded > 0 && runStart === undefined) runs.push(this.count);
      this.count += decoded;
      if (this.isOrdered && memory.words[DECODED_DESCENT >>> 2] === 1) {
        if (runs.length === MAX_RUNS) this.isOrdered = false;
        else runs.push(this.count);
      } else if (!this.isPastInserted && position < end && memory.bytes[position] === UNCHANGED_TAG) {
        this.#passInserted();
      } else return position;
    }
  }

  #passInserted(): void {
    this.inserted = this.count;
    this.isPastInserted = true;
  }

  /**
   * Grows by an eighth at a time: fresh pages cost nothing until they are written to, but growing often costs views.
   */
  #reserve(endAddress: number): void {
    const { memory } = this.#kernel;
    if (endAddress > memory.bytes.length)
      memory.reserve(Math.max(endAddress, Math.min(Math.ceil(endAddress * 1.125), LARGEST_MEMORY_BYTES)));
  }

  #refuse(position: number): void {
    const place = { offset: this.#readBytes, element: this.count, isPastInserted: this.isPastInserted };
    this.refused = new RefusedElement(place);
    this.refused.take(this.#kernel.memory.bytes.subarray(position, position + this.#heldBytes));
  }
}
