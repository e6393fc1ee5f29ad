/**
 * A store as it is, and what somebody writes over it in memory: to see what a ledger would make of other assumptions
 * without changing anything on disk.
 */
import { compareBytes, toHex } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import type { KeyRange, Store, StoreOperation } from "./store.ts";

interface Written {
  readonly key: Uint8Array;
  /** Undefined: deleted. */
  readonly value: Uint8Array | undefined;
}

export class ScratchStore implements Store {
  readonly #base: Store;
  readonly #written: Map<string, Written> = new Map();
  #isClosed = false;

  /** Closing this one leaves `base` open. */
  constructor(base: Store) {
    this.#base = base;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return (await this.getMany([key]))[0];
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    this.#checkOpen();
    const below = await this.#base.getMany(keys);
    return keys.map((key, index) => {
      const written = this.#written.get(toHex(key));
      return written === undefined ? below[index] : written.value?.slice();
    });
  }

  async batch(operations: readonly StoreOperation[]): Promise<void> {
    this.#checkOpen();
    for (const operation of operations) {
      const value = operation.type === "put" ? operation.value.slice() : undefined;
      this.#written.set(toHex(operation.key), { key: operation.key.slice(), value });
    }
  }

  async *iterate(range: KeyRange): AsyncIterable<[Uint8Array, Uint8Array]> {
    this.#checkOpen();
    const { gte, lt, reverse = false, limit = Number.POSITIVE_INFINITY } = range;
    const direction = reverse ? -1 : 1;
    // As of now: what is written during the iteration is not visible.
    const hidden = new Set(this.#written.keys());
    const mine = [...this.#written.values()]
      .filter(({ key }) => compareBytes(key, gte) >= 0 && compareBytes(key, lt) < 0)
      .sort((a, b) => direction * compareBytes(a.key, b.key));
    let next = 0;
    let count = 0;
    function* upTo(end: Uint8Array | undefined): Iterable<[Uint8Array, Uint8Array]> {
      for (let one = mine[next]; one !== undefined; one = mine[++next]) {
        if (end !== undefined && direction * compareBytes(one.key, end) > 0) return;
        if (one.value !== undefined) yield [one.key.slice(), one.value.slice()];
      }
    }
    for await (const [key, value] of this.#base.iterate({ gte, lt, reverse })) {
      for (const entry of upTo(key)) {
        if (count++ >= limit) return;
        this.#checkOpen();
        yield entry;
      }
      if (hidden.has(toHex(key))) continue;
      if (count++ >= limit) return;
      this.#checkOpen();
      yield [key, value];
    }
    for (const entry of upTo(undefined)) {
      if (count++ >= limit) return;
      this.#checkOpen();
      yield entry;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new CoauditError("STORE_CLOSED", "the scratch store is closed", { path: "memory" });
  }
}
