/** What every kernel has: the functions that the WebAssembly module exports, and the memory that they work in. */

export const PAGE_BYTES = 65_536;

/** All arguments and results are 32-bit numbers; addresses are in bytes. source/ says what each function does. */
export interface KernelFunctions {
  decode(position: number, end: number, record: number, tag: number, previous: number): number;
  leaves(records: number, count: number, results: number): void;
  insertedLeaves(records: number, count: number, results: number): void;
  nodes(list: number, count: number, jobs: number): void;
  twins(list: number, count: number, jobs: number): void;
  compressions(groups: number): void;
}

export interface KernelMemory {
  /** Both views are new after reserve(); never keep one across it. */
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /**
   * Grows the memory to at least `sizeBytes`; what is there stays. Throws a RangeError when the machine has no more.
   */
  reserve(sizeBytes: number): void;
}
