import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Store, StoreOperation } from "../../../src/ledger/store/store.ts";
import { describeStore, entriesOf } from "../../ledger/store/store-contract.ts";
import { DiskWorld } from "./disk-world.ts";

const EVERYTHING = { gte: Uint8Array.of(0), lt: Uint8Array.of(255) };

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

function put(key: number, value: number): StoreOperation {
  return { type: "put", key: bytes(key), value: bytes(value) };
}

// What the disk gives away is shared by a whole world, and the parts of a node promise not to write into it: the one
// clause that is not kept.
describeStore("the simulated disk", async () => handingOutCopies(new DiskWorld().storage.ledgerStore()));

describe("a simulated store", () => {
  it("copies what it is given, a Buffer too, whose slice() would be a view", async () => {
    const store = new DiskWorld().storage.ledgerStore();
    const value = Buffer.from([1, 2, 3]);
    await store.batch([{ type: "put", key: bytes(1), value }], { sync: true });
    value[0] = 9;
    const held = await store.get(bytes(1));
    expect(held).toEqual(bytes(1, 2, 3));
    expect(Object.getPrototypeOf(held)).toBe(Uint8Array.prototype);
  });

  it.each([
    ["full", "STORE_FULL"],
    ["error", "STORE_IO"],
  ] as const)(
    "refuses every write after one failed on a disk that is %s, until it is opened again",
    async (trouble, code) => {
      const world = new DiskWorld();
      const store = world.storage.ledgerStore();
      await store.batch([put(1, 1)], { sync: false });
      world.disk.trouble = trouble;
      await expect(store.batch([put(2, 2)], { sync: false })).rejects.toMatchObject({ code });
      world.disk.trouble = undefined;
      await expect(store.batch([put(3, 3)], { sync: true })).rejects.toMatchObject({ code });
      expect(await entriesOf(store, EVERYTHING)).toEqual([[[1], [1]]]);
      world.restart("kill");
      const again = world.storage.ledgerStore();
      await again.batch([put(3, 3)], { sync: true });
      expect(await entriesOf(again, EVERYTHING)).toEqual([
        [[1], [1]],
        [[3], [3]],
      ]);
    },
  );

  it("refuses also the write that was under way while another failed", async () => {
    const world = new DiskWorld({ costs: { writeMs: 10, syncMs: 20 } });
    const store = world.storage.ledgerStore();
    world.disk.trouble = "full";
    const writes = Promise.allSettled([
      store.batch([put(1, 1)], { sync: false }),
      store.batch([put(2, 2)], { sync: true }),
    ]);
    await world.run(15);
    world.disk.trouble = undefined;
    await world.run(15);
    expect((await writes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(world.disk.table("ledger").read().size).toBe(0);
  });

  it("takes its time, and what dies meanwhile has written nothing", async () => {
    const world = new DiskWorld({ costs: { writeMs: 10 } });
    let isWritten = false;
    void world.storage
      .ledgerStore()
      .batch([put(1, 1)], { sync: false })
      .finally(() => {
        isWritten = true;
      });
    await world.run(9);
    world.restart("kill");
    await world.run(100);
    expect(isWritten).toBe(false);
    expect(world.disk.table("ledger").read().size).toBe(0);
  });

  it("keeps after a power cut what was synced, and of the rest a prefix, whole batches at a time", async () => {
    const step = fc.record({
      operations: fc.array(
        fc.record({ key: fc.integer({ min: 1, max: 5 }), value: fc.option(fc.nat(255), { nil: undefined }) }),
        { minLength: 1, maxLength: 4 },
      ),
      sync: fc.boolean(),
      pauseMs: fc.constantFrom(0, 1, 20_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat(), async (steps, seed) => {
        const world = new DiskWorld({ seed });
        const store = world.storage.ledgerStore();
        const model = new Map<number, number>();
        /** What the store held after each batch, since the last that is sure to be there. */
        let possible = [textOf(model)];
        for (const { operations, sync } of steps) {
          await store.batch(
            operations.map(({ key, value }) =>
              value === undefined ? { type: "delete", key: bytes(key) } : put(key, value),
            ),
            { sync },
          );
          for (const { key, value } of operations) value === undefined ? model.delete(key) : model.set(key, value);
          possible = sync ? [textOf(model)] : [...possible, textOf(model)];
        }
        world.restart("power-cut");
        const found = await entriesOf(world.storage.ledgerStore(), EVERYTHING);
        expect(possible).toContain(textOf(new Map(found.map(([k, v]) => [k[0] as number, v[0] as number]))));
      }),
      { numRuns: 150 },
    );
  });

  it("meets every length of that prefix", async () => {
    const found = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const world = new DiskWorld({ seed });
      const store = world.storage.ledgerStore();
      await store.batch([put(1, 1)], { sync: true });
      for (const key of [2, 3, 4]) await store.batch([put(key, key)], { sync: false });
      world.restart("power-cut");
      found.add((await entriesOf(world.storage.ledgerStore(), EVERYTHING)).length);
    }
    expect([...found].sort()).toEqual([1, 2, 3, 4]);
  });

  it("loses nothing that is older than the kernel's half minute", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const world = new DiskWorld({ seed });
      await world.storage.ledgerStore().batch([put(1, 1)], { sync: false });
      await world.run(30_000);
      await world.storage.ledgerStore().batch([put(2, 2)], { sync: false });
      world.restart("power-cut");
      expect((await entriesOf(world.storage.ledgerStore(), EVERYTHING))[0]).toEqual([[1], [1]]);
    }
  });

  it("loses nothing to a kill", async () => {
    const world = new DiskWorld();
    await world.storage.ledgerStore().batch([put(1, 1)], { sync: false });
    world.restart("kill");
    expect(await entriesOf(world.storage.ledgerStore(), EVERYTHING)).toHaveLength(1);
  });

  it("is another one once it was copied", async () => {
    const world = new DiskWorld();
    const store = world.storage.ledgerStore();
    await store.batch([put(2, 2), put(1, 1)], { sync: false });
    const copy = world.disk.copy();
    await store.batch([put(3, 3), { type: "delete", key: bytes(1) }], { sync: true });
    copy.table("ledger").apply([put(4, 4)], true, 0);
    expect(
      copy
        .table("ledger")
        .range(EVERYTHING)
        .map(([key]) => key[0]),
    ).toEqual([1, 2, 4]);
    expect((await entriesOf(store, EVERYTHING)).map(([key]) => key[0])).toEqual([2, 3]);
  });
});

function textOf(model: ReadonlyMap<number, number>): string {
  return JSON.stringify([...model].sort(([a], [b]) => a - b));
}

function handingOutCopies(store: Store): Store {
  return {
    get: async (key) => (await store.get(key))?.slice(),
    getMany: async (keys) => (await store.getMany(keys)).map((value) => value?.slice()),
    batch: (operations, options) => store.batch(operations, options),
    iterate: (range) => store.iterate(range),
    close: () => store.close(),
  };
}
