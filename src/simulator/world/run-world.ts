/** One world from its beginning to its end: the door through which runs, sweeps, workers and hunts come in. */
import type { Drain } from "../engine/drain.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { WorldMeasures } from "./measures.ts";
import type { TraceSink } from "./trace.ts";

export interface WorldOptions {
  readonly scenario: Scenario;
  /** A whole number from 0 to 2^53-1. */
  readonly seed: number;
  /** Default: fast. */
  readonly drain?: Drain;
}

export interface WorldModules {
  readonly trace?: TraceSink;
  /** Called now and then with the part of the world's time that has passed, 0 to 1. */
  readonly onProgress?: (part: number) => void;
  readonly signal?: AbortSignal;
}

export interface WorldResult {
  readonly measures: WorldMeasures;
  /** Hexadecimal SHA-256 of the trace. */
  readonly traceHash: string;
}

export async function runWorld(_options: WorldOptions, _modules: WorldModules = {}): Promise<WorldResult> {
  throw new Error("the world is being built");
}
