import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONFIGURATION_NAMES, type ConfigurationName, emptyDigest } from "../../src/akd/configuration.ts";
import { decodeProof } from "../../src/akd/decode.ts";
import { verifyAppendOnlyProof } from "../../src/akd/verify.ts";
import { toHex } from "../../src/core/bytes.ts";
import { AkdTree, type Publication, type TreeEntry } from "../../src/provider/tree.ts";
import { SeededRandom } from "../support/virtual-clock.ts";

function entries(random: SeededRandom, count: number): TreeEntry[] {
  return Array.from({ length: count }, () => ({ label: random.bytes(32), value: random.bytes(32) }));
}

function check(configuration: ConfigurationName, { epoch, previous, current, proof }: Publication) {
  return verifyAppendOnlyProof({ configuration, epoch, from: previous, to: current }, proof);
}

describe.each(CONFIGURATION_NAMES)("a live tree in configuration %s", (configuration) => {
  it("starts as the empty tree", () => {
    const tree = new AkdTree(configuration);
    expect(tree.epoch).toBe(0);
    expect(toHex(tree.digest)).toBe(toHex(emptyDigest(configuration)));
  });

  it("publishes a chain of proofs that the verifier accepts, from the first leaf on", () => {
    const random = new SeededRandom(7);
    const tree = new AkdTree(configuration);
    let digest = tree.digest;
    let total = 0;
    for (const count of [1, 1, 2, 40, 0, 7, 100]) {
      const publication = tree.publish(entries(random, count));
      expect(publication.epoch).toBe(tree.epoch);
      expect(toHex(publication.previous)).toBe(toHex(digest));
      expect(toHex(publication.current)).toBe(toHex(tree.digest));
      expect(check(configuration, publication).inserted).toBe(count);
      digest = publication.current;
      total += count;
    }
    expect(tree.epoch).toBe(7);
    expect(total).toBe(151);
  });

  it("holds any sets of labels, close together or not", () => {
    const label = fc.uint8Array({ minLength: 2, maxLength: 2 }).map((two) => {
      const bytes = new Uint8Array(32);
      bytes[0] = two[0]! & 0x81;
      bytes[31] = two[1]! & 0x0f;
      return bytes;
    });
    fc.assert(
      fc.property(fc.uniqueArray(label, { selector: toHex, maxLength: 24 }), fc.nat(24), (labels, cut) => {
        const tree = new AkdTree(configuration);
        const batch = labels.map((bytes) => ({ label: bytes, value: bytes }));
        check(configuration, tree.publish(batch.slice(0, cut)));
        check(configuration, tree.publish(batch.slice(cut)));
      }),
      { numRuns: 60 },
    );
  });

  it("gives the same digest for a batch in any order", () => {
    const batch = entries(new SeededRandom(3), 20);
    const forwards = new AkdTree(configuration).publish(batch);
    const backwards = new AkdTree(configuration).publish(batch.toReversed());
    expect(toHex(backwards.current)).toBe(toHex(forwards.current));
    expect(toHex(backwards.proof)).toBe(toHex(forwards.proof));
  });

  it("shows a leaf of an earlier epoch with its stored value, which binds it to that epoch", () => {
    const random = new SeededRandom(9);
    const tree = new AkdTree(configuration);
    const [first, second] = entries(random, 2) as [TreeEntry, TreeEntry];
    tree.publish([first]);
    const elements = decodeProof(tree.publish([second]).proof);
    expect([elements.count, elements.inserted]).toEqual([2, 1]);
    expect(toHex(elements.values.subarray(0, 32))).toBe(toHex(second.value));
    expect(toHex(elements.values.subarray(32, 64))).not.toBe(toHex(first.value));
  });

  it("forks into two histories, both valid, that part at the next epoch", () => {
    const random = new SeededRandom(5);
    const tree = new AkdTree(configuration);
    tree.publish(entries(random, 30));
    const fork = tree.fork();
    expect(fork.epoch).toBe(1);
    expect(toHex(fork.digest)).toBe(toHex(tree.digest));
    for (let i = 0; i < 3; i++) {
      check(configuration, tree.publish(entries(random, 5)));
      check(configuration, fork.publish(entries(random, 5)));
      expect(toHex(fork.digest)).not.toBe(toHex(tree.digest));
    }
  });
});

describe("a live tree", () => {
  it("refuses a label that it has, and one that comes twice, and stays as it was", () => {
    const random = new SeededRandom(2);
    const tree = new AkdTree("whatsapp_v1");
    const [old, fresh, another] = entries(random, 3) as [TreeEntry, TreeEntry, TreeEntry];
    tree.publish([old, another]);
    const digest = toHex(tree.digest);
    const code = expect.objectContaining({ code: "TREE_ENTRY_INVALID" });
    expect(() => tree.publish([fresh, old])).toThrow(code);
    expect(() => tree.publish([fresh, fresh])).toThrow(code);
    expect(() => tree.publish([{ label: new Uint8Array(31), value: fresh.value }])).toThrow(code);
    expect(() => tree.publish([{ label: fresh.label, value: new Uint8Array(33) }])).toThrow(code);
    expect([tree.epoch, toHex(tree.digest)]).toEqual([1, digest]);
    tree.publish([fresh]);
  });

  it("keeps its own digest when a caller writes into the one it was given", () => {
    const tree = new AkdTree("experimental");
    const { current } = tree.publish(entries(new SeededRandom(4), 2));
    const before = toHex(tree.digest);
    current.fill(0);
    tree.digest.fill(1);
    expect(toHex(tree.digest)).toBe(before);
  });

  it("sorts each list of a proof by label", () => {
    const random = new SeededRandom(8);
    const tree = new AkdTree("whatsapp_v1");
    tree.publish(entries(random, 50));
    const { labels, inserted, count } = decodeProof(tree.publish(entries(random, 20)).proof);
    const first = (index: number) => labels[8 * index]!;
    for (let i = 1; i < count; i++) if (i !== inserted) expect(first(i)).toBeGreaterThan(first(i - 1));
  });
});
