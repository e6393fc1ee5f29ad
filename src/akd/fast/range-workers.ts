/** The port through which ranges are reduced on other threads. */
import type { RangeResult } from "./range.ts";

export interface RangeTask {
  readonly epoch: number;
  readonly unchangedCount: number;
  readonly insertedCount: number;
  /**
   * Writes the unchanged records, then the inserted ones, from word 0 on. Called at most once, before begin() resolves.
   */
  write(target: Uint32Array): void;
}

export interface RangeWorkers {
  /** Most leaves in a range. */
  readonly capacity: number;
  /** How many ranges one verification should keep under way: more only cost memory. */
  readonly usefulTasks: number;
  /**
   * False while they start, when it is quicker to work oneself; true as well once one could not, which begin() then
   * reports.
   */
  readonly isReady: boolean;
  /** A large proof is coming: starts what takes a while to start. */
  prepare(): void;
  /**
   * Resolves when the task's records are taken. The result rejects with VERIFIER_WORKER_LOST when a thread dies over
   * it.
   */
  begin(task: RangeTask): Promise<{ readonly result: Promise<RangeResult> }>;
  close(): Promise<void>;
}
