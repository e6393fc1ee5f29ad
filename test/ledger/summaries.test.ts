import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/core/bytes.ts";
import { sha256 } from "../../src/core/hash.ts";
import {
  bucketOf,
  floorBucketOf,
  HeadSummaries,
  itemId,
  leafHash,
  type Series,
  type SlotState,
} from "../../src/ledger/summaries.ts";

const SERIES: Series = { auditor: "a.example", namespace: "example.v1" };

/** A store that a test fills, and that can be made to wait. */
class Slots {
  readonly states: Map<number, SlotState> = new Map();
  reads = 0;
  gate: Promise<void> = Promise.resolve();
  readonly summaries: HeadSummaries = new HeadSummaries({
    readSlots: async (_series, from, to) => {
      this.reads++;
      const found = [...this.states].filter(([epoch]) => epoch >= from && epoch < to);
      await this.gate;
      return found.sort(([a], [b]) => a - b);
    },
  });

  put(epoch: number, digest: string | "equivocated", completeness: 1 | 2 | 3 = 3): void {
    const state: SlotState = digest === "equivocated" ? digest : { digest: sha256(utf8(digest)), completeness };
    this.states.set(epoch, state);
    this.summaries.set(SERIES.auditor, SERIES.namespace, epoch, state);
  }

  async hash(): Promise<string> {
    return toHex(await this.summaries.rollUp(SERIES, 0));
  }
}

function filled(...epochs: number[]): Slots {
  const slots = new Slots();
  for (const epoch of epochs) slots.put(epoch, `digest of ${epoch}`);
  return slots;
}

describe("summaries of a ledger", () => {
  it("are equal for ledgers that hold the same, whatever the order and the changes on the way", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.constantFrom("x", "y", "equivocated")), {
          selector: ([epoch]) => epoch,
        }),
        fc.infiniteStream(fc.boolean()),
        async (content, looks) => {
          const [one, other, scanned] = [new Slots(), new Slots(), new Slots()];
          for (const [epoch, digest] of content) {
            one.put(epoch, "first");
            if (looks.next().value) await one.hash();
            one.put(epoch, digest);
          }
          for (const [epoch, digest] of content.toReversed()) other.put(epoch, digest);
          for (const [epoch, state] of one.states) {
            scanned.states.set(epoch, state);
            scanned.summaries.addBucket(SERIES.auditor, SERIES.namespace, bucketOf(epoch));
          }
          expect(await one.hash()).toBe(await other.hash());
          expect(await scanned.hash()).toBe(await other.hash());
        },
      ),
      { numRuns: 50 },
    );
  });

  it("differ by digest, completeness, equivocation, epoch, auditor and namespace", () => {
    const digest = sha256(utf8("digest"));
    const hashes = [
      leafHash(SERIES, 7, { digest, completeness: 3 }),
      leafHash(SERIES, 7, { digest, completeness: 2 }),
      leafHash(SERIES, 7, { digest, completeness: 1 }),
      leafHash(SERIES, 7, { digest: sha256(utf8("other")), completeness: 3 }),
      leafHash(SERIES, 7, "equivocated"),
      leafHash(SERIES, 8, "equivocated"),
      leafHash(SERIES, 8, { digest, completeness: 3 }),
      leafHash({ ...SERIES, auditor: "b.example" }, 7, { digest, completeness: 3 }),
      leafHash({ ...SERIES, namespace: "other" }, 7, { digest, completeness: 3 }),
      // The same letters, split elsewhere.
      leafHash({ auditor: "a.examplee", namespace: "xample.v1" }, 7, { digest, completeness: 3 }),
    ];
    expect(new Set(hashes.map(toHex)).size).toBe(hashes.length);
  });

  it("read a bucket from the store once, and again only what was not kept open", async () => {
    const slots = filled(1, 2, 3000);
    await slots.hash();
    expect(slots.reads).toBe(2);
    await slots.hash();
    slots.put(4, "new");
    await slots.hash();
    expect(slots.reads).toBe(2);
    const many = filled(...Array.from({ length: 600 }, (_, i) => i * 1024));
    await many.hash();
    many.put(5, "in a bucket that was closed meanwhile");
    await many.hash();
    expect(many.reads).toBe(601);
    expect(await many.hash()).toBe(await filledLike(many).hash());
  });

  function filledLike(slots: Slots): Slots {
    const copy = new Slots();
    for (const [epoch, state] of slots.states) {
      copy.states.set(epoch, state);
      copy.summaries.addBucket(SERIES.auditor, SERIES.namespace, bucketOf(epoch));
    }
    return copy;
  }

  it("are right when a slot changes while its bucket is being read", async () => {
    const slots = filled(1, 2);
    let open: () => void = () => {};
    slots.gate = new Promise((resolve) => (open = resolve));
    const during = slots.hash();
    slots.put(2, "changed");
    slots.put(3, "added");
    open();
    await during;
    expect(await slots.hash()).toBe(await filledLike(slots).hash());
    expect(await slots.hash()).not.toBe(await filled(1, 2).hash());
  });

  it("try again after a read that failed", async () => {
    let fails = true;
    const summaries = new HeadSummaries({
      readSlots: async () => {
        if (fails) throw new Error("unreadable");
        return [[1, "equivocated"]];
      },
    });
    summaries.addBucket(SERIES.auditor, SERIES.namespace, 0);
    await expect(summaries.rollUp(SERIES, 0)).rejects.toThrow("unreadable");
    fails = false;
    expect(await summaries.leaves(SERIES, 0)).toHaveLength(1);
  });

  it("leave out what lies below a floor, and forget what retention removed", async () => {
    const slots = filled(5, 1030, 2050, 3500);
    const above = filled(2050, 3500);
    expect(toHex(await slots.summaries.rollUp(SERIES, 2))).toBe(await above.hash());
    expect(slots.summaries.buckets(SERIES, 1)).toEqual([1, 2, 3]);
    slots.summaries.dropBelow("other", 9000);
    slots.summaries.dropBelow(SERIES.namespace, 2049);
    expect(await slots.hash()).toBe(await above.hash());
    expect(slots.summaries.isEmpty(SERIES, 0)).toBe(false);
    expect(slots.summaries.isEmpty(SERIES, 4)).toBe(true);
    expect([floorBucketOf(0), floorBucketOf(1), floorBucketOf(1024), floorBucketOf(1025)]).toEqual([0, 1, 1, 2]);
  });

  it("hold items by id, in any order", async () => {
    const [one, other] = [new Slots(), new Slots()];
    const ids = ["x", "y", "z"].map((name) => itemId("note", name));
    for (const id of ids) one.summaries.addItem(SERIES.auditor, SERIES.namespace, id);
    for (const id of ids.toReversed()) other.summaries.addItem(SERIES.auditor, SERIES.namespace, id);
    expect(await one.hash()).toBe(await other.hash());
    expect(one.summaries.items(SERIES)).toEqual([...ids].sort((a, b) => (toHex(a) < toHex(b) ? -1 : 1)));
    const removed = ids[1] as Uint8Array;
    one.summaries.removeItem(SERIES.auditor, SERIES.namespace, removed);
    expect(one.summaries.hasItem(SERIES, removed)).toBe(false);
    expect(await one.hash()).not.toBe(await other.hash());
    expect(one.summaries.isEmpty(SERIES, 99)).toBe(false);
    expect(itemId("a", "bc")).not.toEqual(itemId("ab", "c"));
  });

  it("take no memory for buckets that a stranger asks for", async () => {
    const slots = filled(1);
    expect(await slots.summaries.leaves(SERIES, 77)).toEqual([]);
    expect(await slots.summaries.leaves({ auditor: "nobody", namespace: "x" }, 0)).toEqual([]);
    expect(slots.reads).toBe(0);
  });
});
