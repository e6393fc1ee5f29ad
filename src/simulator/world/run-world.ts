/** One world from its beginning to its end: the door through which runs, sweeps, workers and hunts come in. */
import type { WorldMeasures } from "./measures.ts";
import type { TraceSink } from "./trace.ts";
import { World, type WorldOptions } from "./world.ts";

export type { WorldOptions } from "./world.ts";

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

/** Between two looks at the signal and two calls of onProgress. */
const SLICES = 200;

/**
 * Throws the signal's reason when it is aborted, and what a machine failed with: a world in which a machine fails by
 * itself proves nothing.
 */
export async function runWorld(options: WorldOptions, modules: WorldModules = {}): Promise<WorldResult> {
  const { trace, onProgress, signal } = modules;
  const world = new World(options, trace === undefined ? {} : { trace });
  for (let slice = 1; slice <= SLICES; slice++) {
    signal?.throwIfAborted();
    await world.run(Math.round((world.endUs * slice) / SLICES));
    const [violation] = world.watcher.violations;
    if (violation !== undefined) throw new Error(`${violation.who}: ${violation.rule}: ${violation.detail}`);
    onProgress?.(slice / SLICES);
  }
  world.trace.add({ what: "end" });
  return { measures: world.measures(), traceHash: world.trace.digest() };
}
