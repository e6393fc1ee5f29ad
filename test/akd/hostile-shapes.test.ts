/** Proofs made to hurt: the work is counted, in hashes and in steps of the stack, never timed. */
import { describe, expect, it } from "vitest";
import {
  CONFIGURATION_NAMES,
  type ConfigurationName,
  type TreeHashing,
  treeHashing,
} from "../../src/akd/configuration.ts";
import { decodeProof } from "../../src/akd/decode.ts";
import { encodeProof, type ProofElement } from "../../src/akd/encode.ts";
import { labelBit } from "../../src/akd/label.ts";
import { verifyAppendOnlyProof } from "../../src/akd/verify.ts";
import { SeededRandom } from "../support/virtual-clock.ts";

const value = new Uint8Array(32).fill(7);

interface Work {
  hashes: number;
  largestInputBytes: number;
}

/** Counts hashes and takes none, so that large shapes stay quick. */
function counting(configuration: ConfigurationName): { hashing: TreeHashing; work: Work } {
  const work: Work = { hashes: 0, largestInputBytes: 0 };
  const result = new Uint8Array(32);
  const hashing = treeHashing(configuration, (input) => {
    work.hashes++;
    work.largestInputBytes = Math.max(work.largestInputBytes, input.length);
    return result;
  });
  work.hashes = 0;
  return { hashing, work };
}

/** All results are zero, so from and to are what such a hash gives: in experimental and whatsapp_v1 alike 32 zeros. */
function workOf(configuration: ConfigurationName, inserted: ProofElement[], unchanged: ProofElement[]): Work {
  const { hashing, work } = counting(configuration);
  const zeros = new Uint8Array(32);
  const proof = encodeProof(inserted, unchanged);
  const request = { configuration, epoch: 9, from: zeros, to: zeros };
  const summary = verifyAppendOnlyProof(request, proof, hashing);
  expect(summary).toEqual({ inserted: inserted.length, unchanged: unchanged.length });
  return work;
}

/** Exactly what a tree of that many leaves takes, whatever its shape: the bound that hostile labels must not move. */
function expectedHashes(configuration: ConfigurationName, inserted: number, unchanged: number): number {
  const leaves = inserted + unchanged;
  const interior = (count: number) => count - 1;
  const nodes = interior(unchanged) + interior(leaves);
  if (configuration === "experimental") return inserted + nodes;
  // a leaf: label and edge; an inserted one also its value; an interior node: value, label, edge; a digest: one
  const whatsApp = 2 * leaves + inserted + 3 * nodes + 2;
  // the value of a root that splits goes straight into the digest, without label and edge
  return whatsApp - 2 * 2;
}

function shuffled<T>(items: T[], seed: number): T[] {
  const random = new SeededRandom(seed);
  const keys = new Map(items.map((item) => [item, random.bytes(4).join()]));
  return items.toSorted((a, b) => (keys.get(a)! < keys.get(b)! ? -1 : 1));
}

/** Leaves that leave one path at each of its 256 bits. */
function caterpillar(): ProofElement[] {
  return Array.from({ length: 256 }, (_, bit) => {
    const label = new Uint8Array(32);
    label[bit >>> 3] = 0x80 >>> (bit & 7);
    return { label, lengthBits: 256, value };
  });
}

describe.each(CONFIGURATION_NAMES)("hostile labels in configuration %s", (configuration) => {
  it("cost no more hashes when 20,000 of them share 64 bits than when they share none", () => {
    const random = new SeededRandom(1);
    const make = (shared: number): ProofElement[] =>
      Array.from({ length: 20_000 }, (_, index) => {
        const label = random.bytes(32);
        label.fill(0x5a, 0, shared);
        // one leaf on the other side, so that the root splits in both cases
        if (index === 0 || index === 10_000) label[0] = 0xa5;
        return { label, lengthBits: 256, value };
      });
    const spread = make(0);
    const crowded = make(8);
    const expected = expectedHashes(configuration, 10_000, 10_000);
    expect(workOf(configuration, spread.slice(0, 10_000), spread.slice(10_000)).hashes).toBe(expected);
    expect(workOf(configuration, crowded.slice(0, 10_000), crowded.slice(10_000)).hashes).toBe(expected);
  });

  it("cost no more along a path of 256 splits, in any order", () => {
    const leaves = caterpillar();
    for (const order of [leaves, leaves.toReversed(), shuffled(leaves, 4)]) {
      const first = order.filter((leaf) => leaf.label[0]! >= 0x40 || leaf.label[31]! > 1);
      const rest = order.filter((leaf) => !first.includes(leaf));
      const work = workOf(configuration, rest, first);
      expect(work.hashes).toBe(expectedHashes(configuration, rest.length, first.length));
    }
  });

  it("cost no more for 100,000 leaves on 400 such paths side by side", () => {
    const leaves: ProofElement[] = [];
    for (let path = 0; path < 400; path++) {
      for (let bit = 9; bit < 256; bit++) {
        const label = new Uint8Array(32);
        label[bit >>> 3] = 0x80 >>> (bit & 7);
        label[0] = path >>> 1;
        label[1]! |= (path & 1) << 7;
        leaves.push({ label, lengthBits: 256, value });
      }
    }
    const inserted = leaves.filter((_, index) => index % 3 === 0);
    const unchanged = leaves.filter((_, index) => index % 3 !== 0);
    const work = workOf(configuration, inserted, unchanged);
    expect(work.hashes).toBe(expectedHashes(configuration, inserted.length, unchanged.length));
  });
});

describe("the hashing of whatsapp_v1", () => {
  it("never hashes more than one block of 64 bytes", () => {
    expect(workOf("whatsapp_v1", caterpillar().slice(0, 3), caterpillar().slice(3)).largestInputBytes).toBe(64);
  });
});

describe("labels as words", () => {
  it("have the bits of their bytes, most significant first", () => {
    const label = new Uint8Array(32);
    label[4] = 0x20;
    label[31] = 0x01;
    const { labels } = decodeProof(encodeProof([{ label, lengthBits: 256, value }], []));
    const set = Array.from({ length: 256 }, (_, bit) => bit).filter((bit) => labelBit(labels, 0, bit) === 1);
    expect(set).toEqual([34, 255]);
  });
});
