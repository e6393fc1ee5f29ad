/**
 * Bytes of one connection that wait until whoever sent them can pay for them. Meanwhile the connection is not read from
 * (docs/protocol.md, 5), and its sender's own buffers fill.
 */
import type { MessageStream } from "@libp2p/interface";
import type { Clock } from "../../core/clock.ts";
import type { CostBudget } from "../cost/cost-budget.ts";
import type { PricedBytes } from "./frame-runs.ts";

/** Who has to wait asks again this often: a stranger's budget gains 2 ms in that time. */
const ASK_AGAIN_MS = 20;
/** What one connection may have at a stretch; then others have their turn. */
const TURN_US = 4_000;

/** Several tolls of one connection hold it back; it is read from when none does. */
export class Valve {
  readonly #stream: MessageStream;
  #holds = 0;

  constructor(stream: MessageStream) {
    this.#stream = stream;
  }

  hold(): void {
    this.#holds++;
    if (this.#holds === 1 && this.#stream.status === "open") this.#stream.pause();
  }

  release(): void {
    this.#holds--;
    if (this.#holds === 0 && this.#stream.status === "open") this.#stream.resume();
  }
}

export interface TollModules {
  readonly peer: string;
  readonly budget: CostBudget;
  readonly clock: Clock;
  readonly valve: Valve;
  /** What waits is dropped once it is not. */
  readonly isOpen: () => boolean;
  readonly deliver: (bytes: Uint8Array) => void;
}

export class Toll {
  readonly #modules: TollModules;
  /** At most what one chunk of a socket holds, 64 KiB, and a frame that it completes. */
  #queue: PricedBytes[] = [];
  #isBusy = false;

  constructor(modules: TollModules) {
    this.#modules = modules;
  }

  push(runs: readonly PricedBytes[]): void {
    this.#queue.push(...runs);
    if (!this.#isBusy) this.#passOn();
  }

  #passOn(): void {
    const { peer, budget, isOpen, deliver } = this.#modules;
    this.#isBusy = true;
    let spentUs = 0;
    let passed = 0;
    for (const { bytes, costUs } of this.#queue) {
      if (!isOpen()) {
        passed = this.#queue.length;
        break;
      }
      const waitMs = spentUs > TURN_US ? 0 : budget.chargeInTurn(peer, costUs) ? undefined : ASK_AGAIN_MS;
      if (waitMs !== undefined) {
        void this.#goOnAfter(waitMs);
        break;
      }
      spentUs += costUs;
      passed++;
      deliver(bytes);
    }
    this.#queue = this.#queue.slice(passed);
    if (this.#queue.length === 0) this.#isBusy = false;
  }

  async #goOnAfter(waitMs: number): Promise<void> {
    const { clock, valve } = this.#modules;
    valve.hold();
    await clock.sleep(waitMs);
    this.#passOn();
    valve.release();
  }
}
