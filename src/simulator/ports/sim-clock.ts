/** The clock of one life: the world's time in whole milliseconds, off by what the node's own clock is off. */
import type { Clock } from "../../core/clock.ts";
import type { Incarnation } from "../engine/incarnation.ts";
import type { Scheduler } from "../engine/scheduler.ts";

/** When every world begins: a Tuesday in November 2023, so that times look like times. */
export const WORLD_BEGINS_MS = 1_700_000_000_000;

export interface SimClockModules {
  readonly scheduler: Scheduler;
  readonly incarnation: Incarnation;
  /** How far this node's clock is ahead. */
  readonly skewMs?: () => number;
}

export class SimClock implements Clock {
  readonly #modules: SimClockModules;

  constructor(modules: SimClockModules) {
    this.#modules = modules;
  }

  now(): number {
    const { scheduler, skewMs } = this.#modules;
    return WORLD_BEGINS_MS + Math.floor(scheduler.nowUs / 1000) + (skewMs?.() ?? 0);
  }

  elapsedMs(): number {
    return this.#modules.scheduler.nowUs / 1000;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { incarnation } = this.#modules;
    if (signal?.aborted) return incarnation.later(0, () => undefined);
    return new Promise((resolve) => {
      // A sleep without end waits for the signal alone.
      const scheduled = Number.isFinite(ms)
        ? // Never less: waiting for the rest of a fraction would go on for ever, at one instant.
          incarnation.schedule(Math.max(0, Math.ceil(ms * 1000)), () => {
            signal?.removeEventListener("abort", wake);
            resolve();
            return true;
          })
        : undefined;
      const wake = (): void => {
        scheduled?.cancel();
        if (incarnation.isAlive) resolve();
      };
      signal?.addEventListener("abort", wake, { once: true });
    });
  }
}
