/**
 * Gossipsub's heartbeat of one life, once a second, without the beats that would do nothing: 1,000 nodes x 6,000 s are
 * 6 million of them. What may give the next beat something to do wakes it; a beat says itself when it may next have
 * something to do.
 */

import type { Scheduled } from "../engine/scheduler.ts";
import { HEARTBEAT_INITIAL_DELAY_US, HEARTBEAT_US } from "./gossipsub-parameters.ts";
import type { NetworkPeer } from "./peer-end.ts";

export interface Beat {
  /**
   * The next beat must not be later than the first after this time; undefined: nothing is to be done unless something
   * wakes it.
   */
  readonly nextUs: number | undefined;
  /** It may have woken code that awaits. */
  readonly woke: boolean;
}

export class Heartbeat {
  readonly #node: NetworkPeer;
  readonly #mode: "lazy" | "eager";
  readonly #beat: (tick: number) => Beat;
  #firstUs = 0;
  #planned: { readonly tick: number; readonly event: Scheduled } | undefined;

  constructor(node: NetworkPeer, mode: "lazy" | "eager", beat: (tick: number) => Beat) {
    this.#node = node;
    this.#mode = mode;
    this.#beat = beat;
  }

  /**
   * `phaseUs`: from 0 to a second. Nodes of a world start together; their heartbeats would not fall together in
   * processes of their own.
   */
  start(phaseUs: number): void {
    this.#firstUs = this.#node.nowUs + HEARTBEAT_INITIAL_DELAY_US + phaseUs;
    if (this.#mode === "eager") this.#plan(1);
  }

  /** How many beats there were until then; lazily skipped ones count. */
  tickAt(atUs: number): number {
    return Math.floor((atUs - this.#firstUs) / HEARTBEAT_US) + 1;
  }

  tickUs(tick: number): number {
    return this.#firstUs + (tick - 1) * HEARTBEAT_US;
  }

  /** The first beat after `afterUs` takes place. */
  wake(afterUs: number = this.#node.nowUs): void {
    if (this.#mode === "lazy") this.#plan(Math.max(1, this.tickAt(afterUs) + 1));
  }

  #plan(tick: number): void {
    if (this.#planned !== undefined) {
      if (this.#planned.tick <= tick) return;
      this.#planned.event.cancel();
    }
    const event = this.#node.schedule(this.tickUs(tick) - this.#node.nowUs, () => {
      this.#planned = undefined;
      const { nextUs, woke } = this.#beat(tick);
      if (this.#mode === "eager") this.#plan(tick + 1);
      else if (nextUs !== undefined) this.wake(nextUs);
      return woke;
    });
    this.#planned = { tick, event };
  }
}
