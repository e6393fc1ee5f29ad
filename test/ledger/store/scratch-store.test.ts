/** What is written over a store leaves it as it was. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScratchStore } from "../../../src/ledger/store/scratch-store.ts";
import type { StoreOperation } from "../../../src/ledger/store/store.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { describeStore, entriesOf } from "./store-contract.ts";

describeStore("a scratch store over an empty one", async () => new ScratchStore(new MemoryStore()));

describe("A scratch store", () => {
  const operation = fc.record({
    type: fc.constantFrom("put" as const, "delete" as const),
    key: fc.uint8Array({ minLength: 1, maxLength: 2, max: 4 }),
    value: fc.uint8Array({ maxLength: 2 }),
  });
  const range = fc.record({
    gte: fc.uint8Array({ minLength: 1, maxLength: 2, max: 4 }),
    lt: fc.uint8Array({ minLength: 1, maxLength: 2, max: 5 }),
    reverse: fc.boolean(),
    limit: fc.option(fc.nat(5), { nil: undefined }),
  });

  it("reads as if all of it had been written to one store, and leaves the one below as it was", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation),
        fc.array(operation),
        fc.array(range, { minLength: 1, maxLength: 4 }),
        async (below, above, ranges) => {
          const [base, both] = [new MemoryStore(), new MemoryStore()];
          const write = async (store: { batch: MemoryStore["batch"] }, all: readonly StoreOperation[]): Promise<void> =>
            store.batch(all, { sync: false });
          await write(base, below);
          await write(both, below);
          const before = await entriesOf(base);
          const scratch = new ScratchStore(base);
          await write(scratch, above);
          await write(both, above);
          for (const { limit, ...asked } of ranges) {
            const one = { ...asked, ...(limit === undefined ? {} : { limit }) };
            expect(await entriesOf(scratch, one)).toEqual(await entriesOf(both, one));
          }
          const keys = [...below, ...above].map(({ key }) => key);
          expect(await scratch.getMany(keys)).toEqual(await both.getMany(keys));
          expect(await entriesOf(base)).toEqual(before);
        },
      ),
    );
  });
});
