/**
 * One life of a node, from a start to a crash or a stop. It owns the node's ports: once it is dead, what the node still
 * waits for never settles (so no `finally` runs as a ghost), its events are skipped and its calls do nothing. A crash
 * is never modelled by a rejected promise.
 */
import type { Scheduled, Scheduler } from "./scheduler.ts";

export class Incarnation {
  /** The node's name. */
  readonly entity: string;
  /** 1 for the first life. */
  readonly life: number;
  readonly #scheduler: Scheduler;
  #isAlive = true;

  constructor(entity: string, life: number, scheduler: Scheduler) {
    this.entity = entity;
    this.life = life;
    this.#scheduler = scheduler;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** The machine loses power, or the process is killed. */
  die(): void {
    this.#isAlive = false;
  }

  /** As Scheduler.schedule; skipped when this life has ended by then. */
  schedule(delayUs: number, action: () => boolean): Scheduled {
    return this.#scheduler.schedule(delayUs, () => this.#isAlive && action());
  }

  /**
   * What `compute` gives, or throws, `delayUs` from now; with no delay at once, without a step of the scheduler. Never
   * settles for the dead. `compute` runs at the end of the delay, so that what others did meanwhile shows.
   */
  later<T>(delayUs: number, compute: () => T): Promise<T> {
    if (!this.#isAlive) return new Promise<never>(() => {});
    if (delayUs === 0) return attempt(compute);
    return new Promise((resolve, reject) => {
      this.schedule(delayUs, () => {
        try {
          resolve(compute());
        } catch (error) {
          reject(error);
        }
        return true;
      });
    });
  }
}

function attempt<T>(compute: () => T): Promise<T> {
  try {
    return Promise.resolve(compute());
  } catch (error) {
    return Promise.reject(error);
  }
}
