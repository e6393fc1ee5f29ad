/** The kernels against @noble/hashes and the strict decoder, and the committed module against its source. */

import { readFileSync } from "node:fs";
import { blake3 } from "@noble/hashes/blake3.js";
import { describe, expect, it } from "vitest";
import { kernelModule } from "../../../scripts/build-wasm/module.ts";
import { moduleText } from "../../../scripts/build-wasm/module-text.ts";
import { treeHashing } from "../../../src/akd/configuration.ts";
import { decodeProof } from "../../../src/akd/decode.ts";
import { encodeProof, type ProofElement } from "../../../src/akd/encode.ts";
import { createKernel, type Kernel, kernelKind, setEpoch } from "../../../src/akd/kernel/kernel.ts";
import {
  DECODE_SLACK_BYTES,
  DECODED_COUNT,
  DECODED_DESCENT,
  FREE,
  INSERTED_TAG,
  JOB_BYTES,
  RECORD_BYTES,
  RECORD_LENGTH,
  RECORD_VALUE,
  UNCHANGED_TAG,
} from "../../../src/akd/kernel/layout.ts";
import { labelHex, storeLabel, writePrefix } from "../../../src/akd/label.ts";
import { compareBytes, toHex } from "../../../src/core/bytes.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";

describe("the WebAssembly module", () => {
  it("is what its readable source builds", () => {
    const committed = readFileSync(new URL("../../../src/akd/kernel/module-bytes.ts", import.meta.url), "utf8");
    expect(moduleText(kernelModule())).toBe(committed);
  });

  it("runs on this version of Node", () => {
    expect(kernelKind()).toBe("wasm-simd");
  });
});

const ELEMENTS = FREE;
const RESULTS = FREE + 400 * RECORD_BYTES;
const JOBS = FREE + 50_000;
const LIST = FREE + 90_000;

describe.each(["wasm-simd", "javascript"] as const)("the %s kernel", (kind) => {
  const make = (): Kernel => {
    const kernel = createKernel(kind);
    kernel.memory.reserve(200_000);
    return kernel;
  };

  it.each([1, 2, 3, 4, 5, 31, 64, 301])("hashes %i leaves as @noble/hashes does", (count) => {
    const random = new SeededRandom(count);
    const kernel = make();
    const epoch = 2 ** 45 + 77;
    setEpoch(kernel, epoch);
    const hashing = treeHashing("whatsapp_v1", blake3);
    const labels = new Uint32Array(8 * count);
    const leaves = Array.from({ length: count }, (_, index) => {
      const length = index % 2 === 0 ? 256 : 1 + (random.bytes(1)[0]! % 255);
      storeLabel(labels, index, random.bytes(32));
      const value = random.bytes(32);
      const masked = new Uint8Array(32);
      writePrefix(labels, index, length, masked, 0);
      const at = ELEMENTS + index * RECORD_BYTES;
      storeLabel(kernel.memory.words.subarray(at / 4, at / 4 + 8).fill(0), 0, masked);
      kernel.memory.bytes.set(value, at + RECORD_VALUE);
      kernel.memory.words[(at + RECORD_LENGTH) / 4] = length;
      return { index, length, value };
    });
    const results = (): string[] =>
      leaves.map(({ index }) => toHex(kernel.memory.bytes.slice(RESULTS + 32 * index, RESULTS + 32 * index + 32)));
    kernel.leaves(ELEMENTS, count, RESULTS);
    expect(results()).toEqual(
      leaves.map(({ index, length, value }) => toHex(hashing.childInput(value, labels, index, length))),
    );
    kernel.insertedLeaves(ELEMENTS, count, RESULTS);
    expect(results()).toEqual(
      leaves.map(({ index, length, value }) =>
        toHex(hashing.childInput(hashing.insertedValue(value, epoch), labels, index, length)),
      ),
    );
  });

  it.each([1, 4, 7, 50])("hashes %i nodes in one tree and in both", (count) => {
    const random = new SeededRandom(count);
    const kernel = make();
    const { bytes, words } = kernel.memory;
    const hashing = treeHashing("whatsapp_v1", blake3);
    const input = ELEMENTS;
    bytes.set(random.bytes(32 * 200), input);
    const label = (index: number): number => input + 32 * ((index * 7) % 50);
    const edge = (index: number): number => input + 32 * (50 + (index % 150));
    const length = (index: number): number => (index * 37) % 257;
    const expected: string[] = [];
    for (let index = 0; index < count; index++) {
      const job = [
        ...[edge(4 * index), edge(4 * index + 1), edge(4 * index + 2), edge(4 * index + 3)],
        ...[label(index), length(index), RESULTS + 64 * index, RESULTS + 64 * index + 32],
      ];
      // the list names the jobs the other way round
      words.set(job, (JOBS + JOB_BYTES * index) / 4);
      words[LIST / 4 + index] = count - 1 - index;
      for (const pair of [0, 2]) {
        const [left, right] = [job[pair]!, job[pair + 1]!].map((at) => bytes.slice(at, at + 32)) as [
          Uint8Array,
          Uint8Array,
        ];
        const value = hashing.parentValue(left, right);
        expected.push(toHex(hashing.childInput(value, words, label(index) / 32, length(index))));
      }
    }
    const results = (): string[] =>
      expected.map((_, index) => toHex(bytes.slice(RESULTS + 32 * index, RESULTS + 32 * index + 32)));
    kernel.twins(LIST, count, JOBS);
    expect(results()).toEqual(expected);
    bytes.fill(0, RESULTS, RESULTS + 64 * count);
    kernel.nodes(LIST, count, JOBS);
    expect(results()).toEqual(expected.map((hash, index) => (index % 2 === 1 ? hash : "00".repeat(32))));
  });

  const random = new SeededRandom(5);
  const elements = Array.from({ length: 60 }, (_, index): ProofElement => {
    const lengthBits = index % 3 === 0 ? 256 : 1 + ((index * 53) % 256);
    const words = new Uint32Array(8);
    storeLabel(words, 0, random.bytes(32));
    const label = new Uint8Array(32);
    writePrefix(words, 0, index === 7 ? 0 : lengthBits, label, 0);
    return { label, lengthBits, value: random.bytes(32) };
  });
  elements.sort((a, b) => compareBytes(a.label, b.label) || a.lengthBits - b.lengthBits);
  const inserted = elements.filter(({ lengthBits }) => lengthBits === 256);
  const proof = encodeProof(inserted, elements);

  it("decodes what the strict decoder decodes, whole elements only", () => {
    const kernel = make();
    const at = 100_000;
    const expected = decodeProof(proof);
    for (const size of [proof.length, proof.length - 1, 41, 600]) {
      kernel.memory.bytes.fill(0x12, at, at + proof.length + DECODE_SLACK_BYTES);
      kernel.memory.bytes.set(proof.subarray(0, size), at);
      const middle = kernel.decode(at, at + size, ELEMENTS, INSERTED_TAG, 0);
      const first = kernel.memory.words[DECODED_COUNT / 4]!;
      const end = kernel.decode(middle, at + size, ELEMENTS + first * RECORD_BYTES, UNCHANGED_TAG, 0);
      const count = first + kernel.memory.words[DECODED_COUNT / 4]!;
      expect(size - (end - at)).toBeLessThan(75);
      if (size === proof.length) expect([first, count, end - at]).toEqual([inserted.length, expected.count, size]);
      for (let i = 0; i < count; i++) {
        const record = ELEMENTS + i * RECORD_BYTES;
        expect(labelHex(kernel.memory.words.subarray(record / 4), 0)).toBe(labelHex(expected.labels, i));
        expect(kernel.memory.words[(record + RECORD_LENGTH) / 4]).toBe(expected.lengths[i]);
        expect(kernel.memory.bytes.slice(record + RECORD_VALUE, record + RECORD_LENGTH)).toEqual(
          expected.values.slice(32 * i, 32 * i + 32),
        );
      }
    }
  });

  it("stops before a label that is smaller than the one before it", () => {
    const kernel = make();
    const at = 100_000;
    const swapped = [...elements.slice(0, 30), elements[31]!, elements[30]!, ...elements.slice(32)];
    const bytes = encodeProof([], swapped);
    kernel.memory.bytes.set(bytes, at);
    // the first record is held against one that is not smaller
    kernel.memory.bytes.fill(0, ELEMENTS, ELEMENTS + RECORD_BYTES);
    kernel.decode(at, at + bytes.length, ELEMENTS + RECORD_BYTES, UNCHANGED_TAG, ELEMENTS);
    expect(kernel.memory.words[DECODED_COUNT / 4]).toBe(31);
    expect(kernel.memory.words[DECODED_DESCENT / 4]).toBe(1);
  });

  it("takes an element with one bit changed exactly when the strict decoder does", () => {
    const kernel = make();
    for (const element of [elements[0]!, elements[20]!, elements.find(({ lengthBits }) => lengthBits < 100)!]) {
      for (const isInserted of [false, true]) {
        const original = encodeProof(isInserted ? [element] : [], isInserted ? [] : [element]);
        const differences: number[] = [];
        let accepted = 0;
        for (let bit = 0; bit < 8 * original.length; bit++) {
          const changed = original.slice();
          changed[bit >>> 3]! ^= 1 << (bit & 7);
          kernel.memory.bytes.fill(0, ELEMENTS, ELEMENTS + 300);
          kernel.memory.bytes.set(changed, ELEMENTS);
          const end = ELEMENTS + changed.length;
          const tag = changed[0] === INSERTED_TAG ? INSERTED_TAG : UNCHANGED_TAG;
          const takes = kernel.decode(ELEMENTS, end, RESULTS, tag, 0) === end;
          let isValid = true;
          try {
            decodeProof(changed);
          } catch {
            isValid = false;
          }
          if (takes) accepted++;
          if (takes !== isValid) differences.push(bit);
        }
        expect(differences).toEqual([]);
        if (element.lengthBits === 256) expect(accepted).toBeGreaterThan(256);
      }
    }
  });
});
