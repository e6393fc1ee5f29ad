/**
 * Proofs made to hurt, and sizes around every border: the same verdict as the reference, and no more work than an
 * honest proof.
 */
import { describe, expect, it } from "vitest";
import { encodeProof, type ProofElement } from "../../../src/akd/encode.ts";
import { FastVerifier } from "../../../src/akd/fast/fast-verifier.ts";
import { WINDOW_BYTES } from "../../../src/akd/fast/proof-reader.ts";
import { OPEN_BORDER, RangeReducer, ROOT_BORDER, SUBTREE_WORDS } from "../../../src/akd/fast/range.ts";
import { createKernel, type Kernel } from "../../../src/akd/kernel/kernel.ts";
import { FREE, RECORD_BYTES, RECORD_LENGTH } from "../../../src/akd/kernel/layout.ts";
import { storeLabel } from "../../../src/akd/label.ts";
import { verifyAppendOnlyProof } from "../../../src/akd/verify.ts";
import { compareBytes, toHex } from "../../../src/core/bytes.ts";
import { CoauditError } from "../../../src/core/errors.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";

const never = new AbortController().signal;
const zeros = new Uint8Array(32);
const request = { configuration: "whatsapp_v1", epoch: 9, from: zeros, to: zeros } as const;
const CAPACITY = 1024;
const verifier = new FastVerifier({ rangeCapacity: CAPACITY });

async function computedStart(verify: () => unknown): Promise<unknown> {
  const error = await Promise.resolve()
    .then(verify)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CoauditError);
  return [(error as CoauditError).code, (error as CoauditError).metadata];
}

async function expectAgreement(inserted: ProofElement[], unchanged: ProofElement[]): Promise<void> {
  const proof = encodeProof(inserted, unchanged);
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield proof;
  }
  const expected = await computedStart(() => verifyAppendOnlyProof(request, proof));
  expect(await computedStart(() => verifier.verify(request, whole(), never))).toEqual(expected);
}

function leaf(label: Uint8Array, seed: number): ProofElement {
  const value = new Uint8Array(32);
  new DataView(value.buffer).setUint32(0, seed);
  return { label, lengthBits: 256, value };
}

function leaves(
  count: number,
  seed: number,
  change: (label: Uint8Array, index: number) => void = () => {},
): ProofElement[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const label = random.bytes(32);
    change(label, index);
    return leaf(label, index);
  }).sort((a, b) => compareBytes(a.label, b.label));
}

/** Paths that a leaf leaves at every bit from the 9th on. */
function caterpillars(paths: number): ProofElement[] {
  return Array.from({ length: paths * 247 }, (_, index) => {
    const [path, bit] = [Math.floor(index / 247), 9 + (index % 247)];
    const label = new Uint8Array(32);
    label[bit >>> 3] = 0x80 >>> (bit & 7);
    label[0] = path >>> 1;
    label[1]! |= (path & 1) << 7;
    return leaf(label, index);
  }).sort((a, b) => compareBytes(a.label, b.label));
}

const split = (elements: ProofElement[], isInserted: (index: number) => boolean): [ProofElement[], ProofElement[]] => [
  elements.filter((_, index) => isInserted(index)),
  elements.filter((_, index) => !isInserted(index)),
];

describe("the fast verifier agrees with the reference about", () => {
  it("labels that share 64 bits", async () => {
    await expectAgreement(
      ...split(
        leaves(6_000, 1, (label) => label.fill(0x5a, 0, 8)),
        (i) => i % 5 === 0,
      ),
    );
  });

  it("paths of 256 splits, in order and the other way round", async () => {
    const [inserted, unchanged] = split(caterpillars(12), (i) => i % 3 === 0);
    await expectAgreement(inserted, unchanged);
    await expectAgreement(inserted.toReversed(), unchanged.toReversed());
  });

  it("a crowd of inserted leaves between two unchanged ones", async () => {
    const crowd = leaves(3_000, 2, (label) => label.fill(0x77, 0, 3));
    const around = leaves(40, 3);
    await expectAgreement(crowd, around);
    await expectAgreement(around, crowd);
  });

  it("proofs with only inserted or only unchanged elements", async () => {
    await expectAgreement(leaves(2_500, 4), []);
    await expectAgreement([], leaves(2_500, 5));
  });

  it("trees with everything on one side of the root", async () => {
    for (const bit of [0, 0x80]) {
      const sided = leaves(50, 6, (label) => label.set([(label[0]! & 0x7f) | bit]));
      await expectAgreement(...split(sided, (i) => i % 2 === 0));
      await expectAgreement(sided, []);
    }
  });

  it("sizes around the borders of a range", async () => {
    const full = CAPACITY - CAPACITY / 8;
    for (const border of [full, CAPACITY, 2 * full, 2 * CAPACITY]) {
      for (const count of [border - 1, border, border + 1]) {
        await expectAgreement([], leaves(count, count));
        await expectAgreement(leaves(count, count), leaves(3, 7));
      }
    }
  });

  it("sizes around the borders of a decoding window", async () => {
    const step = WINDOW_BYTES / 2 / 75;
    for (const count of [Math.floor(step), Math.ceil(step), Math.ceil(step) + 1])
      await expectAgreement([], leaves(count, count));
  });

  it("more runs than it keeps apart", async () => {
    const sorted = leaves(1_300, 8);
    await expectAgreement(
      [],
      [...split(sorted, (i) => i % 2 === 0)[0].toReversed(), ...split(sorted, (i) => i % 2 === 0)[1]],
    );
  });
});

describe("a range", () => {
  const kernel = createKernel();
  const work = { items: 0 };
  const counted = <T extends "leaves" | "insertedLeaves" | "nodes" | "twins">(name: T): Kernel[T] => {
    return ((at: number, count: number, to: number) => {
      work.items += count;
      kernel[name](at, count, to);
    }) as Kernel[T];
  };
  const reducer = new RangeReducer(
    {
      ...kernel,
      leaves: counted("leaves"),
      insertedLeaves: counted("insertedLeaves"),
      nodes: counted("nodes"),
      twins: counted("twins"),
    },
    FREE,
    3000,
  );

  function reduced(elements: ProofElement[]): { subtrees: Uint32Array; items: number } {
    const { words, bytes } = kernel.memory;
    elements.forEach(({ label, lengthBits, value }, index) => {
      const at = reducer.inputAddress + index * RECORD_BYTES;
      storeLabel(words.subarray(at / 4, at / 4 + 8).fill(0), 0, label);
      bytes.set(value, at + 32);
      words[(at + RECORD_LENGTH) / 4] = lengthBits;
    });
    work.items = 0;
    const unchanged = { address: reducer.inputAddress, count: elements.length };
    const { subtrees } = { subtrees: undefined, ...reducer.reduceElements(unchanged, { address: 0, count: 0 }, 1) };
    return { subtrees: subtrees!, items: work.items };
  }

  it("leaves few subtrees, and hashes each node once, whatever the labels", () => {
    const shapes = [leaves(2964, 9), leaves(2964, 10, (label) => label.fill(1, 0, 8)), caterpillars(12)];
    for (const elements of shapes) {
      const { subtrees, items } = reduced(elements);
      const count = subtrees.length / SUBTREE_WORDS;
      expect(count).toBeLessThanOrEqual(514);
      // a node for every leaf but one, less those that the range could not complete
      expect(items).toBe(2 * elements.length - count);
    }
  });

  it("gives the same result whole and in parts", () => {
    const elements = caterpillars(4);
    const whole = (parts: ProofElement[][]): string => {
      const subtrees = parts.flatMap((part) => [...reduced(part).subtrees]);
      kernel.memory.words.set(subtrees, reducer.inputAddress / 4);
      return toHex(new Uint8Array(reducer.reduceSubtrees(subtrees.length / SUBTREE_WORDS, ROOT_BORDER).buffer));
    };
    const expected = whole([elements]);
    for (const cut of [1, 2, 100, 247, 500, 987])
      expect(whole([elements.slice(0, cut), elements.slice(cut)])).toBe(expected);
    expect(OPEN_BORDER).toBeGreaterThan(256);
  });
});
