/** What one life of a node knows of one topic: who listens, who is in its mesh, and whom it has pruned. */
import type { TopicHandler } from "../../gossip/network.ts";
import { HEARTBEAT_US, PRUNE_BACKOFF_TICKS } from "./gossipsub-parameters.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { PeerEnd } from "./peer-end.ts";

export class TopicMesh {
  readonly topic: string;
  /** Undefined: not subscribed. */
  handler: TopicHandler | undefined;
  /** In the order in which they were grafted, as in gossipsub, which keeps the first ones when it cuts a mesh down. */
  readonly members: PeerEnd[] = [];
  readonly subscribers: PeerEnd[] = [];
  readonly #heartbeat: Heartbeat;
  /** By peer id; connections end, backoffs stay. */
  readonly #backoffs: Map<string, { readonly untilUs: number; readonly clearTick: number }> = new Map();

  constructor(topic: string, heartbeat: Heartbeat) {
    this.topic = topic;
    this.#heartbeat = heartbeat;
  }

  /** There are listeners outside the mesh. */
  get hasOutsiders(): boolean {
    return this.subscribers.length > this.members.length;
  }

  drop(end: PeerEnd): void {
    remove(this.subscribers, end);
    this.expel(end);
  }

  /** True when it was in the mesh. */
  expel(end: PeerEnd): boolean {
    return remove(this.members, end);
  }

  /** A later end stays. */
  backOff(peer: string, untilUs: number): void {
    if ((this.#backoffs.get(peer)?.untilUs ?? 0) >= untilUs) return;
    const first = Math.max(1, this.#heartbeat.tickAt(untilUs + HEARTBEAT_US) + 1);
    const clearTick = Math.ceil(first / PRUNE_BACKOFF_TICKS) * PRUNE_BACKOFF_TICKS;
    this.#backoffs.set(peer, { untilUs, clearTick });
  }

  /** When a GRAFT of that peer is welcome again. */
  backoffUntilUs(peer: string): number {
    return this.#backoffs.get(peer)?.untilUs ?? 0;
  }

  /** From which beat on this node may graft that peer again: later than a GRAFT is welcome. 0: now. */
  backoffClearTick(peer: string, tick: number): number {
    const backoff = this.#backoffs.get(peer);
    if (backoff === undefined) return 0;
    if (backoff.clearTick > tick) return backoff.clearTick;
    this.#backoffs.delete(peer);
    return 0;
  }
}

function remove(list: PeerEnd[], end: PeerEnd): boolean {
  const at = list.indexOf(end);
  if (at < 0) return false;
  list.splice(at, 1);
  return true;
}
