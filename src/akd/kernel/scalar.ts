/**
 * The kernel in plain JavaScript, one hash after the other: for browsers and policies without WebAssembly, and to test
 * the other.
 */
import {
  BLAKE3_IV,
  BLAKE3_PERMUTATION,
  BLAKE3_ROUNDS,
  BLAKE3_SINGLE_BLOCK_FLAGS,
  DECODED_COUNT,
  DECODED_DESCENT,
  INSERTED_TAG,
  JOB_BYTES,
  JOB_LABEL,
  JOB_LEFT_AFTER,
  JOB_LEFT_BEFORE,
  JOB_LENGTH,
  JOB_RESULT_AFTER,
  JOB_RESULT_BEFORE,
  JOB_RIGHT_AFTER,
  JOB_RIGHT_BEFORE,
  LARGEST_ELEMENT_BYTES,
  MASKS,
  RECORD_BYTES,
  RECORD_LENGTH,
  RECORD_VALUE,
  VALUE_MESSAGE,
} from "./layout.ts";
import { compareRecords } from "./records.ts";
import type { KernelFunctions, KernelMemory } from "./shape.ts";

export class ScalarKernel implements KernelFunctions {
  readonly #memory: KernelMemory;
  readonly #message = new Uint32Array(16);
  readonly #state = new Int32Array(16);

  constructor(memory: KernelMemory) {
    this.#memory = memory;
  }

  decode(position: number, end: number, record: number, tag: number, previous: number): number {
    const { bytes, words } = this.#memory;
    let count = 0;
    let descends = 0;
    for (; isCanonical(bytes, position, end, tag); count++) {
      const labelBytes = bytes[position + 5] as number;
      const behindLabel = position + 6 + labelBytes;
      const lengthBits = labelLength(bytes, behindLabel + 1);
      const target = record >>> 2;
      for (let word = 0; word < 8; word++) {
        let value = 0;
        for (let i = 4 * word; i < 4 * word + 4; i++) {
          value = (value << 8) | (i < labelBytes ? (bytes[position + 6 + i] as number) : 0);
        }
        words[target + word] = value;
      }
      if (hasBitsPast(words, target, lengthBits)) break;
      words[(record + RECORD_LENGTH) >>> 2] = lengthBits;
      if (previous !== 0) {
        descends = compareRecords(words, target, previous >>> 2) < 0 ? 1 : 0;
        if (descends === 1) break;
        previous = record;
      }
      const size = bytes[position + 1] as number;
      position += 2 + size;
      bytes.copyWithin(record + RECORD_VALUE, position - 32, position);
      record += RECORD_BYTES;
    }
    words[DECODED_COUNT >>> 2] = count;
    words[DECODED_DESCENT >>> 2] = descends;
    return position;
  }

  leaves(records: number, count: number, results: number): void {
    for (let i = 0; i < count; i++) {
      const record = records + i * RECORD_BYTES;
      this.#edge(record + RECORD_VALUE, record, this.#word(record + RECORD_LENGTH), results + 32 * i);
    }
  }

  insertedLeaves(records: number, count: number, results: number): void {
    for (let i = 0; i < count; i++) {
      const record = records + i * RECORD_BYTES;
      this.#take(0, record + RECORD_VALUE);
      this.#message.fill(0, 8);
      this.#message[8] = this.#word(VALUE_MESSAGE + 16 * 8);
      this.#message[9] = this.#word(VALUE_MESSAGE + 16 * 9);
      this.#compress(40, results + 32 * i);
      this.#edge(results + 32 * i, record, this.#word(record + RECORD_LENGTH), results + 32 * i);
    }
  }

  nodes(list: number, count: number, jobs: number): void {
    for (let i = 0; i < count; i++) {
      const job = jobs + JOB_BYTES * this.#word(list + 4 * i);
      this.#node(job, JOB_LEFT_AFTER, JOB_RIGHT_AFTER, JOB_RESULT_AFTER);
    }
  }

  twins(list: number, count: number, jobs: number): void {
    for (let i = 0; i < count; i++) {
      const job = jobs + JOB_BYTES * this.#word(list + 4 * i);
      this.#node(job, JOB_LEFT_BEFORE, JOB_RIGHT_BEFORE, JOB_RESULT_BEFORE);
      this.#node(job, JOB_LEFT_AFTER, JOB_RIGHT_AFTER, JOB_RESULT_AFTER);
    }
  }

  compressions(groups: number): void {
    for (let i = 0; i < 4 * groups; i++) this.#compress(64, 0);
  }

  #node(job: number, left: number, right: number, result: number): void {
    const target = this.#word(job + result);
    this.#take(0, this.#word(job + left));
    this.#take(8, this.#word(job + right));
    this.#compress(64, target);
    this.#edge(target, this.#word(job + JOB_LABEL), this.#word(job + JOB_LENGTH), target);
  }

  #edge(value: number, label: number, lengthBits: number, result: number): void {
    const { words } = this.#memory;
    const message = this.#message;
    const saved = words.slice(value >>> 2, (value >>> 2) + 8);
    message.fill(0);
    message[0] = ((lengthBits & 255) << 24) | ((lengthBits >>> 8) << 16);
    for (let i = 0; i < 8; i++) {
      const word = (words[(label >>> 2) + i] as number) & (words[(MASKS >>> 2) + 8 * lengthBits + i] as number);
      message[1 + i] = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
    }
    this.#compress(36, result);
    this.#take(8, result);
    message.set(saved);
    this.#compress(64, result);
  }

  #word(address: number): number {
    return this.#memory.words[address >>> 2] as number;
  }

  #take(at: number, address: number): void {
    this.#message.set(this.#memory.words.subarray(address >>> 2, (address >>> 2) + 8), at);
  }

  #compress(sizeBytes: number, result: number): void {
    const v = this.#state;
    v.set(BLAKE3_IV);
    for (let i = 0; i < 4; i++) v[8 + i] = BLAKE3_IV[i] as number;
    v[12] = 0;
    v[13] = 0;
    v[14] = sizeBytes;
    v[15] = BLAKE3_SINGLE_BLOCK_FLAGS;
    for (let round = 0; round < 16 * BLAKE3_ROUNDS; round += 16) {
      this.#mix(0, 4, 8, 12, round);
      this.#mix(1, 5, 9, 13, round + 2);
      this.#mix(2, 6, 10, 14, round + 4);
      this.#mix(3, 7, 11, 15, round + 6);
      this.#mix(0, 5, 10, 15, round + 8);
      this.#mix(1, 6, 11, 12, round + 10);
      this.#mix(2, 7, 8, 13, round + 12);
      this.#mix(3, 4, 9, 14, round + 14);
    }
    const { words } = this.#memory;
    for (let i = 0; i < 8; i++) words[(result >>> 2) + i] = (v[i] as number) ^ (v[8 + i] as number);
  }

  #mix(a: number, b: number, c: number, d: number, at: number): void {
    const v = this.#state;
    const x = this.#message[SCHEDULE[at] as number] as number;
    const y = this.#message[SCHEDULE[at + 1] as number] as number;
    v[a] = ((v[a] as number) + (v[b] as number) + x) | 0;
    v[d] = rotateRight((v[d] as number) ^ (v[a] as number), 16);
    v[c] = ((v[c] as number) + (v[d] as number)) | 0;
    v[b] = rotateRight((v[b] as number) ^ (v[c] as number), 12);
    v[a] = ((v[a] as number) + (v[b] as number) + y) | 0;
    v[d] = rotateRight((v[d] as number) ^ (v[a] as number), 8);
    v[c] = ((v[c] as number) + (v[d] as number)) | 0;
    v[b] = rotateRight((v[b] as number) ^ (v[c] as number), 7);
  }
}

/** The message words of all rounds, one after the other. */
const SCHEDULE: Uint8Array = schedule();

function schedule(): Uint8Array {
  const all = new Uint8Array(16 * BLAKE3_ROUNDS);
  for (let i = 0; i < all.length; i++) {
    all[i] = i < 16 ? i : (all[i - 16 - (i & 15) + (BLAKE3_PERMUTATION[i & 15] as number)] as number);
  }
  return all;
}

function rotateRight(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** All that decode.ts checks but the bits past the length, for an element that is wholly before `end`. */
function isCanonical(bytes: Uint8Array, position: number, end: number, tag: number): boolean {
  if (end - position < 2 || bytes[position] !== tag) return false;
  const size = bytes[position + 1] as number;
  if (size > LARGEST_ELEMENT_BYTES - 2 || end - position < size + 2) return false;
  const messageBytes = bytes[position + 3] as number;
  const labelBytes = bytes[position + 5] as number;
  if (bytes[position + 2] !== 0x0a || bytes[position + 4] !== 0x0a || messageBytes + 36 !== size) return false;
  const behindLabel = position + 6 + labelBytes;
  if (labelBytes > 32 || bytes[behindLabel] !== 0x10) return false;
  const isLong = (bytes[behindLabel + 1] as number) >= 128;
  const high = bytes[behindLabel + 2] as number;
  if (messageBytes !== labelBytes + (isLong ? 5 : 4) || (isLong && (high === 0 || high > 2))) return false;
  const lengthBits = labelLength(bytes, behindLabel + 1);
  if (lengthBits === 0 || lengthBits > 256 || (tag === INSERTED_TAG && lengthBits !== 256)) return false;
  if (labelBytes > 0 && bytes[behindLabel - 1] === 0) return false;
  const value = behindLabel + (isLong ? 3 : 2);
  return bytes[value] === 0x12 && bytes[value + 1] === 0x20;
}

function labelLength(bytes: Uint8Array, at: number): number {
  const low = bytes[at] as number;
  return low < 128 ? low : (low & 127) + 128 * (bytes[at + 1] as number);
}

function hasBitsPast(words: Uint32Array, label: number, lengthBits: number): boolean {
  for (let i = 0; i < 8; i++) {
    if (((words[label + i] as number) & ~(words[(MASKS >>> 2) + 8 * lengthBits + i] as number)) !== 0) return true;
  }
  return false;
}
