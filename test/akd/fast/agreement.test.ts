/**
 * The fast verifier against the reference verifier: same verdict, same code, whatever the proof and however it arrives.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeProof, type ProofElement } from "../../../src/akd/encode.ts";
import { FastVerifier } from "../../../src/akd/fast/fast-verifier.ts";
import { type ProofRequest, verifyAppendOnlyProof } from "../../../src/akd/verify.ts";
import { CoauditError } from "../../../src/core/errors.ts";
import { AkdTree } from "../../../src/provider/tree.ts";
import { listsOf, randomMutation } from "../../interop/akd/mutations.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";
import { DIRECTORIES, recordedEpochs } from "../support/fixtures.ts";

const never = new AbortController().signal;

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let offset = 0, i = 0; offset < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(offset, offset + size);
    offset += size;
  }
}

type Verdict = { inserted: number; unchanged: number } | { code: string; metadata: unknown; message: string };

async function verdictOf(verify: () => unknown): Promise<Verdict> {
  try {
    return (await verify()) as Verdict;
  } catch (error) {
    expect(error).toBeInstanceOf(CoauditError);
    const { code, metadata, message } = error as CoauditError;
    return { code, metadata, message };
  }
}

const verifiers = [
  ["WebAssembly, everyday ranges", new FastVerifier({ kernel: "wasm-simd" })],
  ["WebAssembly, ranges of 16 leaves", new FastVerifier({ kernel: "wasm-simd", rangeCapacity: 1024 })],
  ["JavaScript, everyday ranges", new FastVerifier({ kernel: "javascript" })],
] as const;

async function expectAgreement(request: ProofRequest, proof: Uint8Array, sizes: readonly number[]): Promise<Verdict> {
  const reference = await verdictOf(() => verifyAppendOnlyProof(request, proof));
  for (const [, verifier] of verifiers) {
    expect(await verdictOf(() => verifier.verify(request, chunked(proof, sizes), never))).toEqual(reference);
  }
  return reference;
}

function treeEpochs(
  seed: number,
  sizes: readonly number[],
): { request: ProofRequest; proof: Uint8Array; name: string }[] {
  const random = new SeededRandom(seed);
  const tree = new AkdTree("whatsapp_v1");
  return sizes.map((size) => {
    const entries = Array.from({ length: size }, () => ({ label: random.bytes(32), value: random.bytes(32) }));
    const { epoch, previous, current, proof } = tree.publish(entries);
    return { name: "", request: { configuration: "whatsapp_v1", epoch, from: previous, to: current }, proof };
  });
}

describe("the fast verifier", () => {
  it.each(DIRECTORIES)("accepts every epoch of the real directory %s", async (directory) => {
    for (const { request, proof, inserted, unchanged } of recordedEpochs(directory)) {
      const [, verifier] = verifiers[0];
      await expect(verifier.verify(request, chunked(proof, [1000]), never)).resolves.toEqual({ inserted, unchanged });
    }
  });

  it("agrees about the epochs of random trees in random pieces", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 4 }),
        async (seed, batches, sizes) => {
          for (const { request, proof } of treeEpochs(seed, batches)) {
            expect(await expectAgreement(request, proof, sizes)).toHaveProperty("inserted");
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("agrees about random mutations", async () => {
    const random = new SeededRandom(8);
    const originals = [...treeEpochs(3, [1, 2, 40, 300, 5, 70]), ...recordedEpochs("whatsapp_v1-main").slice(4, 8)];
    const codes = new Set<string>();
    for (let i = 0; i < 400; i++) {
      const { request, proof } = originals[i % originals.length]!;
      const mutated = randomMutation({ name: "", request, proof }, random);
      const verdict = await expectAgreement(mutated.request, mutated.proof, [1 + (i % 97), 1 + (i % 1009)]);
      codes.add("code" in verdict ? verdict.code : "valid");
    }
    expect([...codes].sort()).toEqual(
      expect.arrayContaining(["PROOF_DUPLICATE_LABEL", "PROOF_START_MISMATCH", "valid"]),
    );
    expect(codes.size).toBeGreaterThan(8);
  });

  it("agrees about a proof cut, and about a bit flipped, at every byte", async () => {
    const { request, proof } = treeEpochs(4, [3, 4])[1]!;
    for (let at = 0; at < proof.length; at++) {
      await expectAgreement(request, proof.subarray(0, at), [100]);
      await expectAgreement(
        request,
        proof.map((byte, index) => (index === at ? byte ^ (1 << (at & 7)) : byte)),
        [77],
      );
    }
  });

  it("agrees about bytes behind the proof", async () => {
    const { request, proof } = treeEpochs(4, [3, 40])[1]!;
    for (const tail of [
      [0],
      [0x12],
      [0x12, 0],
      [0x12, 0xff, 0xff, 0xff, 0x7f, 1],
      [0x0a, 0x80],
      new Array(200).fill(7),
    ]) {
      await expectAgreement(request, Uint8Array.from([...proof, ...tail]), [64]);
    }
  });

  it("agrees about labels in any order, and in overlapping runs", async () => {
    const random = new SeededRandom(12);
    for (const { request, proof } of treeEpochs(5, [300, 400, 3, 900]).slice(1)) {
      const { inserted, unchanged } = listsOf(proof);
      const orders: ((items: ProofElement[]) => ProofElement[])[] = [
        (items) => items,
        (items) => items.toReversed(),
        (items) =>
          items
            .map((item) => ({ item, key: random.bytes(4).join() }))
            .sort((a, b) => (a.key < b.key ? -1 : 1))
            .map(({ item }) => item),
        (items) => [...items.filter((_, i) => i % 3 === 0), ...items.filter((_, i) => i % 3 !== 0)],
        (items) => [...items.slice(items.length / 2), ...items.slice(0, items.length / 2)],
        (items) => [...items.slice(1), ...items.slice(0, 1)],
      ];
      for (const [index, order] of orders.entries()) {
        const other = orders[(index * 5 + 1) % orders.length]!;
        expect(await expectAgreement(request, encodeProof(order(inserted), other(unchanged)), [5000])).toHaveProperty(
          "inserted",
        );
      }
    }
  });

  it("agrees about which of several conflicts comes first", async () => {
    const { request, proof } = treeEpochs(6, [1500, 900])[1]!;
    const { inserted, unchanged } = listsOf(proof);
    const random = new SeededRandom(13);
    for (let i = 0; i < 40; i++) {
      const [list, other] = random.bytes(1)[0]! & 1 ? [inserted, unchanged] : [unchanged, inserted];
      const lists = { inserted: [...inserted], unchanged: [...unchanged] };
      for (let j = 0; j <= i % 4; j++) {
        const source = list[(random.bytes(1)[0]! * 7) % list.length]!;
        const target = other[(random.bytes(1)[0]! * 7) % other.length]!;
        const isLeaf = source.lengthBits === 256;
        if (isLeaf) lists.inserted.splice(random.bytes(1)[0]! % lists.inserted.length, i % 2, source);
        else lists.unchanged.splice(random.bytes(1)[0]! % lists.unchanged.length, i % 2, source);
        lists.unchanged.push(target, { ...target, label: target.label.with(0, target.label[0]! ^ 0x80) });
      }
      const verdict = await expectAgreement(request, encodeProof(lists.inserted, lists.unchanged), [9000]);
      expect(verdict).toHaveProperty("code");
    }
  });
});
