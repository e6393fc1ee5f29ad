/**
 * The one port to a sorted key-value store: no wider than the ledger needs. `test/ledger/store/store-contract.ts` runs
 * against every implementation and says what each call promises.
 */
export type StoreOperation =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: "delete"; readonly key: Uint8Array };

/** Keys from `gte` up to, not including, `lt`, in byte order (a prefix sorts first). */
export interface KeyRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
  /** Largest key first. Default: false. */
  readonly reverse?: boolean;
  /** At most this many entries, from 0. Default: all. */
  readonly limit?: number;
}

export interface WriteOptions {
  /** True: when the promise resolves, the batch survives a power cut. False: it survives the process at most. */
  readonly sync: boolean;
}

/**
 * Throws, from every call: STORE_CLOSED after close(), STORE_DAMAGED for unreadable bytes, STORE_IO for any other
 * failure of the disk.
 */
export interface Store {
  /** A write failed: none is accepted until the store is opened again. */
  readonly hasFailed?: boolean;
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** One answer per key, in the order of the keys. */
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /**
   * All or nothing; of two operations on one key the later wins. Also throws STORE_FULL. After a failed write every
   * further one is refused until the store is opened again.
   */
  batch(operations: readonly StoreOperation[], options: WriteOptions): Promise<void>;
  /** The entries as they were when the first one was requested: writes during the iteration are not visible. */
  iterate(range: KeyRange): AsyncIterable<[Uint8Array, Uint8Array]>;
  /** Idempotent. Waits for writes in progress. */
  close(): Promise<void>;
}
