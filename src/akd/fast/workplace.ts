import type { Kernel } from "../kernel/kernel.ts";
import type { RangeReducer } from "./range.ts";

/** The memory of one verification at a time, and who works in it. */
export interface Workplace {
  readonly kernel: Kernel;
  readonly reducer: RangeReducer;
}
