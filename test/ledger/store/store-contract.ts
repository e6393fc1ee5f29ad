/** What every Store promises. Each implementation's test calls this with a way to make one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareBytes } from "../../../src/core/bytes.ts";
import type { Store, StoreOperation } from "../../../src/ledger/store/store.ts";

const key = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
const put = (k: Uint8Array, v: Uint8Array): StoreOperation => ({ type: "put", key: k, value: v });
const remove = (k: Uint8Array): StoreOperation => ({ type: "delete", key: k });
const everything = { gte: key(0), lt: key(255) };

export async function entriesOf(
  store: Store,
  range: Parameters<Store["iterate"]>[0] = everything,
): Promise<[number[], number[]][]> {
  const found: [number[], number[]][] = [];
  for await (const [k, v] of store.iterate(range)) found.push([[...k], [...v]]);
  return found;
}

export function describeStore(name: string, make: () => Promise<Store>): void {
  /** The stamp of the schema is the implementation's business: tests start from an empty range above it. */
  const withStore = async (test: (store: Store) => Promise<void>): Promise<void> => {
    const store = await make();
    try {
      await test(store);
    } finally {
      await store.close();
    }
  };
  const mine = { gte: key(1), lt: key(255) };

  describe(`${name} as a store`, () => {
    it("answers undefined for a key it does not hold, and the bytes for one it does, empty ones included", () =>
      withStore(async (store) => {
        await store.batch([put(key(1, 2), key(9)), put(key(1, 3), key())], { sync: false });
        expect(await store.get(key(1))).toBeUndefined();
        expect([...(await store.get(key(1, 2)))!]).toEqual([9]);
        expect([...(await store.get(key(1, 3)))!]).toEqual([]);
        const many = await store.getMany([key(1, 3), key(7), key(1, 2)]);
        expect(many.map((value) => value && [...value])).toEqual([[], undefined, [9]]);
        expect(await store.getMany([])).toEqual([]);
      }));

    it("applies a batch in order: the last operation on a key wins", () =>
      withStore(async (store) => {
        await store.batch([put(key(1), key(1)), put(key(2), key(2)), remove(key(1)), put(key(2), key(3))], {
          sync: true,
        });
        await store.batch([remove(key(50))], { sync: false });
        await store.batch([], { sync: true });
        expect(await entriesOf(store, mine)).toEqual([[[2], [3]]]);
      }));

    it("iterates in byte order, from gte to below lt, either way, up to the limit", () =>
      withStore(async (store) => {
        const keys = [key(1), key(1, 0), key(1, 0, 0), key(1, 255), key(2), key(128), key(254)];
        await store.batch(
          [...keys].reverse().map((k) => put(k, key())),
          { sync: false },
        );
        const listed = async (range: Parameters<Store["iterate"]>[0]): Promise<number[][]> =>
          (await entriesOf(store, range)).map(([k]) => k);
        expect(await listed(mine)).toEqual(keys.map((k) => [...k]));
        expect(await listed({ ...mine, reverse: true })).toEqual([...keys].reverse().map((k) => [...k]));
        expect(await listed({ gte: key(1, 0), lt: key(2) })).toEqual([
          [1, 0],
          [1, 0, 0],
          [1, 255],
        ]);
        expect(await listed({ gte: key(1, 0), lt: key(2), limit: 1 })).toEqual([[1, 0]]);
        expect(await listed({ gte: key(1, 0), lt: key(2), limit: 2, reverse: true })).toEqual([
          [1, 255],
          [1, 0, 0],
        ]);
        expect(await listed({ ...mine, limit: 0 })).toEqual([]);
        expect(await listed({ gte: key(3), lt: key(3) })).toEqual([]);
        expect(await listed({ gte: key(9), lt: key(3) })).toEqual([]);
      }));

    it("shows an iteration the store as it was when it began", () =>
      withStore(async (store) => {
        await store.batch([put(key(1), key(1)), put(key(3), key(3)), put(key(5), key(5))], { sync: false });
        const seen: number[][] = [];
        for await (const [k, v] of store.iterate(mine)) {
          seen.push([...k, ...v]);
          await store.batch([put(key(2), key(2)), put(key(5), key(6)), remove(key(3))], { sync: false });
        }
        expect(seen).toEqual([
          [1, 1],
          [3, 3],
          [5, 5],
        ]);
        expect(await entriesOf(store, mine)).toEqual([
          [[1], [1]],
          [[2], [2]],
          [[5], [6]],
        ]);
      }));

    it("can be left in the middle of an iteration", () =>
      withStore(async (store) => {
        await store.batch([put(key(1), key(1)), put(key(2), key(2))], { sync: false });
        for await (const _entry of store.iterate(mine)) break;
        await store.batch([put(key(3), key(3))], { sync: false });
        expect(await entriesOf(store, mine)).toHaveLength(3);
      }));

    it("keeps its own copy of what it is given and gives away", () =>
      withStore(async (store) => {
        const k = key(1);
        const v = key(1);
        await store.batch([put(k, v)], { sync: false });
        k[0] = 9;
        v[0] = 9;
        (await store.get(key(1)))![0] = 7;
        expect(await entriesOf(store, mine)).toEqual([[[1], [1]]]);
      }));

    it("answers with plain Uint8Arrays: the slice() of a Buffer would be a view", () =>
      withStore(async (store) => {
        await store.batch([put(key(1), key(1))], { sync: false });
        const answers = [await store.get(key(1)), ...(await store.getMany([key(1)]))];
        for await (const entry of store.iterate(mine)) answers.push(...entry);
        expect(answers.map((bytes) => bytes?.constructor.name)).toEqual(Array(4).fill("Uint8Array"));
      }));

    it("accepts views into larger buffers", () =>
      withStore(async (store) => {
        const buffer = Uint8Array.from([0, 0, 4, 5, 6, 0]);
        await store.batch([put(buffer.subarray(2, 4), buffer.subarray(3, 5))], { sync: false });
        expect(await entriesOf(store, mine)).toEqual([
          [
            [4, 5],
            [5, 6],
          ],
        ]);
        expect([...(await store.get(buffer.subarray(2, 4)))!]).toEqual([5, 6]);
      }));

    it("refuses everything after close, which may be called twice", async () => {
      const store = await make();
      await store.close();
      await store.close();
      const closed = { code: "STORE_CLOSED" };
      await expect(store.get(key(1))).rejects.toMatchObject(closed);
      await expect(store.getMany([key(1)])).rejects.toMatchObject(closed);
      await expect(store.batch([put(key(1), key(1))], { sync: false })).rejects.toMatchObject(closed);
      await expect(entriesOf(store)).rejects.toMatchObject(closed);
    });

    it("behaves like a sorted map under any sequence of batches", () =>
      withStore(async (store) => {
        const bytes = fc.uint8Array({ minLength: 0, maxLength: 3, max: 4 }).map((tail) => key(1, ...tail));
        const operation = fc.oneof(
          { weight: 3, arbitrary: fc.tuple(bytes, fc.uint8Array({ maxLength: 2 })).map(([k, v]) => put(k, v)) },
          { weight: 1, arbitrary: bytes.map(remove) },
        );
        const model = new Map<string, [number[], number[]]>();
        await fc.assert(
          fc.asyncProperty(fc.array(operation, { maxLength: 8 }), bytes, bytes, async (operations, gte, lt) => {
            await store.batch(operations, { sync: false });
            for (const op of operations) {
              if (op.type === "put") model.set(op.key.join(), [[...op.key], [...op.value]]);
              else model.delete(op.key.join());
            }
            const expected = [...model.values()]
              .filter(([k]) => compareBytes(key(...k), gte) >= 0 && compareBytes(key(...k), lt) < 0)
              .sort(([a], [b]) => compareBytes(key(...a), key(...b)));
            expect(await entriesOf(store, { gte, lt })).toEqual(expected);
            expect(await entriesOf(store, { gte, lt, reverse: true, limit: 2 })).toEqual(
              expected.reverse().slice(0, 2),
            );
          }),
          { numRuns: 100 },
        );
      }));
  });
}
