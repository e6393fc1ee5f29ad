/** What peers did wrong, and what it has earned them. */

import { GRAYLIST_THRESHOLD } from "./gossipsub-parameters.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { NetworkPeer, PeerEnd } from "./peer-end.ts";
import { PeerScore } from "./peer-score.ts";

export class PeerConduct {
  readonly #node: NetworkPeer;
  readonly #heartbeat: Heartbeat;
  /** Peers with a score that is not zero. */
  readonly #blamed: Set<PeerEnd> = new Set();

  constructor(node: NetworkPeer, heartbeat: Heartbeat) {
    this.#node = node;
    this.#heartbeat = heartbeat;
  }

  /** Zero for almost everybody, else negative. */
  scoreOf(end: PeerEnd): number {
    return end.score === undefined ? 0 : end.score.at(this.#tick());
  }

  rejected(end: PeerEnd, topic: string): void {
    this.#score(end).rejected(topic, this.#tick());
  }

  misbehaved(end: PeerEnd, count: number): void {
    this.#score(end).misbehaved(count, this.#tick());
  }

  forget(end: PeerEnd): void {
    this.#blamed.delete(end);
  }

  /** Somebody's score changes by itself. */
  get isWatching(): boolean {
    return this.#blamed.size > 0;
  }

  /** At a heartbeat: hangs up on peers that went too far and refuses them for a while. True when there were some. */
  hangUpOnWorst(): boolean {
    const tick = this.#tick();
    let woke = false;
    for (const end of [...this.#blamed]) {
      if (this.scoreOf(end) < GRAYLIST_THRESHOLD) {
        this.#node.guard.ban(end.remote.peerId);
        end.hangUp();
        woke = true;
      } else if (end.score?.isClean(tick)) {
        end.score = undefined;
        this.#blamed.delete(end);
      }
    }
    return woke;
  }

  /** Wakes the heartbeat: it prunes the peer, or hangs up on it. */
  #score(end: PeerEnd): PeerScore {
    if (end.isOpen) {
      this.#blamed.add(end);
      this.#heartbeat.wake();
    }
    end.score ??= new PeerScore();
    return end.score;
  }

  #tick(): number {
    return this.#heartbeat.tickAt(this.#node.nowUs);
  }
}
