/**
 * Proofs of the shape that WhatsApp publishes: some thousand leaves inserted into a tree of ten thousand million, of
 * which only the parts next to the inserted leaves ever exist. Going down from the root, the number of old leaves on
 * either side is drawn at every node; where no inserted leaf goes, the subtree is one unchanged element.
 */
import { LABEL_BITS, LABEL_BYTES } from "../../src/akd/label.ts";

export interface ProofShape {
  /** Aimed at; the result is within a few per cent. */
  readonly sizeBytes: number;
  readonly seed: number;
  /** Leaves that the tree has before. */
  readonly treeLeaves?: number;
  /**
   * The akd crate makes the upper levels of a proof in parallel, and puts what is left of each node behind what is
   * right of it there: as many levels as the binary logarithm of the number of cores.
   */
  readonly parallelLevels?: number;
}

export interface GeneratedProof {
  readonly proof: Uint8Array;
  readonly inserted: number;
  readonly unchanged: number;
}

const DEFAULT_TREE_LEAVES = 1e10;
const DEFAULT_PARALLEL_LEVELS = 4;

/** Digests are not part of it: whoever needs them takes them from a verifier's mismatch. */
export function whatsAppProof(shape: ProofShape): GeneratedProof {
  const random = new FastRandom(shape.seed);
  const treeLeaves = shape.treeLeaves ?? DEFAULT_TREE_LEAVES;
  const labels = insertedLabels(insertedCount(shape.sizeBytes, treeLeaves), random);
  const proof = new ProofSampler(labels, random, shape.parallelLevels ?? DEFAULT_PARALLEL_LEVELS);
  proof.sample(treeLeaves);
  return proof.result();
}

/** An inserted leaf brings about log2(leaves / inserted) unchanged siblings of about 49 bytes. */
function insertedCount(sizeBytes: number, treeLeaves: number): number {
  let count = 1;
  for (let i = 0; i < 50; i++) count = sizeBytes / (76 + 49.3 * Math.max(Math.log2(treeLeaves / count) - 0.4, 0));
  return Math.max(Math.round(count), 1);
}

function insertedLabels(count: number, random: FastRandom): Uint8Array[] {
  const labels = Array.from({ length: count }, () => random.bytes(LABEL_BYTES));
  return labels.sort((a, b) => Buffer.compare(a, b));
}

class ProofSampler {
  readonly #labels: readonly Uint8Array[];
  readonly #random: FastRandom;
  readonly #parallelLevels: number;
  readonly #inserted = new ElementWriter(0x0a);
  readonly #unchanged = new ElementWriter(0x12);

  constructor(labels: readonly Uint8Array[], random: FastRandom, parallelLevels: number) {
    this.#labels = labels;
    this.#random = random;
    this.#parallelLevels = parallelLevels;
  }

  sample(treeLeaves: number): void {
    this.#below(0, 0, this.#labels.length, treeLeaves, new Uint8Array(LABEL_BYTES));
  }

  result(): GeneratedProof {
    const inserted = this.#inserted.bytes();
    const proof = new Uint8Array(inserted.length + this.#unchanged.sizeBytes);
    proof.set(inserted);
    proof.set(this.#unchanged.bytes(), inserted.length);
    return { proof, inserted: this.#inserted.count, unchanged: this.#unchanged.count };
  }

  /** What is below `prefix` (its first `depth` bits): inserted labels from..to-1 and so many old leaves. */
  #below(depth: number, from: number, to: number, leaves: number, prefix: Uint8Array): void {
    if (from === to) {
      if (leaves > 0) this.#writeUnchanged(depth, leaves, prefix.slice());
      return;
    }
    if (leaves === 0) {
      for (let i = from; i < to; i++)
        this.#inserted.write(this.#labels[i] as Uint8Array, LABEL_BITS, this.#random.bytes(32));
      return;
    }
    let middle = from;
    while (middle < to && bitOf(this.#labels[middle] as Uint8Array, depth) === 0) middle++;
    const left = this.#random.half(leaves);
    const right = prefix.slice();
    setBit(right, depth);
    const sides = [
      () => this.#below(depth + 1, from, middle, left, prefix),
      () => this.#below(depth + 1, middle, to, leaves - left, right),
    ];
    if (depth < this.#parallelLevels) sides.reverse();
    for (const side of sides) side();
  }

  /** A subtree's label is what its leaves have in common: it goes on until some of them are on either side. */
  #writeUnchanged(depth: number, leaves: number, label: Uint8Array): void {
    while (depth < LABEL_BITS) {
      const left = this.#random.half(leaves);
      if (left > 0 && left < leaves) break;
      if (left === 0) setBit(label, depth);
      depth++;
    }
    this.#unchanged.write(label, depth, this.#random.bytes(32));
  }
}

function bitOf(label: Uint8Array, bit: number): number {
  return ((label[bit >>> 3] as number) >>> (7 - (bit & 7))) & 1;
}

function setBit(label: Uint8Array, bit: number): void {
  label[bit >>> 3] = (label[bit >>> 3] as number) | (0x80 >>> (bit & 7));
}

/** Appends elements of one kind in the form of the wire. */
export class ElementWriter {
  count = 0;
  sizeBytes = 0;
  readonly #tag: number;
  #buffer = new Uint8Array(2 ** 16);

  constructor(tag: number) {
    this.#tag = tag;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.sizeBytes);
  }

  write(label: Uint8Array, lengthBits: number, value: Uint8Array): void {
    if (this.sizeBytes + 80 > this.#buffer.length) {
      const grown = new Uint8Array(2 * this.#buffer.length);
      grown.set(this.#buffer);
      this.#buffer = grown;
    }
    let labelBytes = label.length;
    while (labelBytes > 0 && label[labelBytes - 1] === 0) labelBytes--;
    const lengthBytes = lengthBits < 128 ? [lengthBits] : [128 | (lengthBits & 127), lengthBits >>> 7];
    const messageBytes = 2 + labelBytes + 1 + lengthBytes.length;
    this.#put(this.#tag, 2 + messageBytes + 34, 0x0a, messageBytes, 0x0a, labelBytes);
    this.#put(...label.subarray(0, labelBytes), 0x10, ...lengthBytes, 0x12, 32);
    this.#buffer.set(value, this.sizeBytes);
    this.sizeBytes += 32;
    this.count++;
  }

  #put(...bytes: readonly number[]): void {
    for (const byte of bytes) this.#buffer[this.sizeBytes++] = byte;
  }
}

/** xoshiro128**: the same proof for the same seed, in less time than anything cryptographic. */
export class FastRandom {
  readonly #state: Uint32Array;

  constructor(seed: number) {
    this.#state = Uint32Array.of(seed, 0x9e3779b9, 0x243f6a88, 0xb7e15162);
    for (let i = 0; i < 20; i++) this.word();
  }

  word(): number {
    const s = this.#state as Uint32Array & [number, number, number, number];
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }

  bytes(length: number): Uint8Array {
    const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => this.word());
    return new Uint8Array(words.buffer, 0, length);
  }

  /** How many of `count` leaves go to the left; exact for few, normal for many. */
  half(count: number): number {
    if (count > 64) {
      const uniform = (this.word() + 0.5) / 2 ** 32;
      const angle = 2 * Math.PI * (this.word() / 2 ** 32);
      const normal = Math.sqrt(-2 * Math.log(uniform)) * Math.cos(angle);
      return Math.min(Math.max(Math.round(count / 2 + (normal * Math.sqrt(count)) / 2), 0), count);
    }
    let left = 0;
    for (let i = 0; i < count; i++) left += this.word() >>> 31;
    return left;
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
