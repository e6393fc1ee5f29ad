/** What the pool and its threads say to each other. */
import type { Conflict } from "../fast/range.ts";
import type { KernelKind } from "../kernel/kernel.ts";

export interface ThreadSettings {
  readonly capacity: number;
  readonly kernel: KernelKind;
}

/** The first thing that a thread says, when it has its code and its kernel. */
export const READY = "ready";

export interface RangeQuestion {
  readonly id: number;
  /** The records, unchanged ones first; the thread writes the subtrees over them. */
  readonly buffer: SharedArrayBuffer;
  readonly epoch: number;
  readonly unchangedCount: number;
  readonly insertedCount: number;
}

export interface RangeAnswer {
  readonly id: number;
  readonly subtreeWords: number;
  readonly conflict?: Conflict;
}
