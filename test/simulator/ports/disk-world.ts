/** A simulated disk with a clock of its own, and lives that use it, for tests. */

import { Incarnation } from "../../../src/simulator/engine/incarnation.ts";
import { RandomStreams } from "../../../src/simulator/engine/random-streams.ts";
import { Scheduler } from "../../../src/simulator/engine/scheduler.ts";
import { Interner } from "../../../src/simulator/ports/interner.ts";
import { SimDisk, SimStorage } from "../../../src/simulator/ports/sim-disk.ts";
import type { Costs } from "../../../src/simulator/scenario/scenario.ts";
import { FREE } from "../small-world.ts";

export class DiskWorld {
  readonly scheduler: Scheduler = new Scheduler({ drain: "fast" });
  readonly streams: RandomStreams;
  readonly disk: SimDisk = new SimDisk({ durability: "power-cuts" }, { interner: new Interner() });
  incarnation: Incarnation;
  storage: SimStorage;
  readonly #costs: Costs;

  constructor({ seed = 1, costs = {} }: { readonly seed?: number; readonly costs?: Partial<Costs> } = {}) {
    this.streams = new RandomStreams(seed);
    this.#costs = { ...FREE, ...costs };
    [this.incarnation, this.storage] = this.#life(1);
  }

  run(ms: number): Promise<void> {
    return this.scheduler.run(this.scheduler.nowUs + ms * 1000);
  }

  /** The life ends, and another begins. */
  restart(how: "kill" | "power-cut"): void {
    const { life } = this.incarnation;
    this.incarnation.die();
    if (how === "power-cut") this.disk.losePower(this.scheduler.nowUs, this.streams.stream("power-cut", "a", life));
    [this.incarnation, this.storage] = this.#life(life + 1);
  }

  #life(life: number): [Incarnation, SimStorage] {
    const incarnation = new Incarnation("a", life, this.scheduler);
    const { scheduler, disk } = this;
    const random = this.streams.stream("disk", "a", life);
    return [incarnation, new SimStorage(this.#costs, { disk, incarnation, scheduler, random })];
  }
}
