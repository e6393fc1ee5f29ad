import { describe, expect, it } from "vitest";
import { Pacer } from "../../../src/akd/fast/pacer.ts";
import { sortedRecords } from "../../../src/akd/fast/radix-order.ts";
import { RECORD_BYTES, RECORD_LENGTH } from "../../../src/akd/kernel/layout.ts";
import { compareRecords } from "../../../src/akd/kernel/records.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";

const RECORD_WORDS = RECORD_BYTES / 4;

/** Words of records with these labels (as words) and lengths. */
function records(count: number, fill: (label: Uint32Array, index: number) => number): Uint32Array {
  const words = new Uint32Array(count * RECORD_WORDS);
  for (let i = 0; i < count; i++) {
    const start = i * RECORD_WORDS;
    words[start + RECORD_LENGTH / 4] = fill(words.subarray(start, start + 8), i);
  }
  return words;
}

async function expectSorted(words: Uint32Array): Promise<void> {
  const count = words.length / RECORD_WORDS;
  const pacer = new Pacer(new AbortController().signal);
  const order = await sortedRecords(() => words, 0, count, pacer);
  pacer.close();
  expect(order.length).toBe(count);
  const isSeen = new Uint8Array(count);
  let misplaced = 0;
  for (let i = 0; i < count; i++) {
    isSeen[order[i]!] = 1;
    if (i === 0) continue;
    const [a, b] = [order[i - 1]!, order[i]!];
    const difference = compareRecords(words, a * RECORD_WORDS, b * RECORD_WORDS);
    if (difference > 0 || (difference === 0 && a > b)) misplaced++;
  }
  expect([misplaced, isSeen.indexOf(0)]).toEqual([0, -1]);
}

describe("sorting records", () => {
  const random = new SeededRandom(3);
  const randomWord = (): number => new DataView(random.bytes(4).buffer).getUint32(0);

  it.each([0, 1, 2, 23, 24, 25, 300, 5000, 65_535, 65_536, 70_000])("orders %i random ones", async (count) => {
    await expectSorted(
      records(count, (label) => {
        label.set([randomWord(), 5]);
        return 256;
      }),
    );
  });

  it("orders labels that share most of their bytes", async () => {
    await expectSorted(
      records(70_000, (label, i) => {
        label.fill(0x5a5a5a5a).set([Math.imul(i, 40503) & 0xffff], 7);
        return 256;
      }),
    );
    await expectSorted(
      records(3_000, (label, i) => {
        label.fill(7).set([i % 7, i % 11], 3);
        return 256;
      }),
    );
  });

  it("orders equal labels by length, then by their place", async () => {
    await expectSorted(
      records(70_000, (label, i) => {
        label.fill(9);
        return 1 + ((i * 7919) % 256);
      }),
    );
    await expectSorted(
      records(200, (label) => {
        label.fill(9);
        return 256;
      }),
    );
  });

  it("orders labels on paths of 256 splits", async () => {
    await expectSorted(
      records(20_000, (label, i) => {
        const bit = (i * 37) % 256;
        label[0] = (i >>> 8) << 20;
        label[bit >>> 5]! ^= 0x80000000 >>> (bit & 31);
        return 256;
      }),
    );
  });

  it("stops when its work is aborted", async () => {
    const controller = new AbortController();
    const pacer = new Pacer(controller.signal);
    controller.abort(new Error("enough"));
    const words = records(30_000, (label) => {
      label.set([randomWord()]);
      return 256;
    });
    await expect(sortedRecords(() => words, 0, 30_000, pacer)).rejects.toThrow("enough");
  });
});
