/**
 * Who is in the meshes of one life of a node: what SUBSCRIBE, GRAFT, PRUNE and the heartbeat do to them. Rule by rule
 * as in gossipsub 17.1.
 */
import type { RandomStream } from "../engine/random-streams.ts";
import { graftPruneFrameBytes, subscribeFrameBytes } from "./frames.ts";
import type { GossipWire } from "./gossip-wire.ts";
import {
  D,
  D_HIGH,
  D_LOW,
  D_OUT,
  D_SCORE,
  GRAFT_FLOOD_THRESHOLD_US,
  PRUNE_BACKOFF_US,
} from "./gossipsub-parameters.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { PeerConduct } from "./peer-conduct.ts";
import type { NetworkPeer, PeerEnd } from "./peer-end.ts";
import type { TopicMesh } from "./topic-mesh.ts";

export interface MeshKeeperModules {
  readonly node: NetworkPeer;
  readonly random: RandomStream;
  readonly heartbeat: Heartbeat;
  readonly conduct: PeerConduct;
  readonly wire: GossipWire;
  readonly topics: ReadonlyMap<string, TopicMesh>;
}

/** What one beat changes, by peer: told in one frame each. */
class Changes {
  readonly grafts: Map<PeerEnd, string[]> = new Map();
  readonly prunes: Map<PeerEnd, string[]> = new Map();
}

export class MeshKeeper {
  readonly #modules: MeshKeeperModules;
  /** Outgoing gossip streams are opened one after the other. */
  #streamFreeUs = 0;

  constructor(modules: MeshKeeperModules) {
    this.#modules = modules;
  }

  /**
   * The peer is identified and this side's stream opened, a round trip each; then it hears what this node listens to.
   */
  connected(end: PeerEnd): void {
    const { node, heartbeat } = this.#modules;
    const roundTripUs = (): number => end.path.latencyUs(node.nowUs) + end.other.path.latencyUs(node.nowUs);
    const openUs = Math.max(node.nowUs + roundTripUs(), this.#streamFreeUs) + roundTripUs();
    this.#streamFreeUs = openUs;
    node.schedule(openUs - node.nowUs, () => {
      if (!end.isOpen) return false;
      end.hasGossipStream = true;
      this.#tellSubscriptions(end, this.#joined());
      heartbeat.wake();
      return false;
    });
  }

  disconnected(end: PeerEnd): void {
    end.hasGossipStream = false;
    for (const mesh of this.#modules.topics.values()) mesh.drop(end);
    this.#modules.heartbeat.wake();
  }

  /** This node begins to listen. Before it has peers, as is usual, that is nothing more. */
  join(mesh: TopicMesh): void {
    const { node } = this.#modules;
    for (const peer of node.peers) {
      const end = node.ends.get(peer);
      if (end?.hasGossipStream) this.#tellSubscriptions(end, [mesh.topic]);
    }
    for (const end of this.#draw(this.#candidates(mesh), D)) {
      mesh.members.push(end);
      this.#tellChanges(end, [mesh.topic], []);
    }
  }

  /** SUBSCRIBE. A mesh below its low-water mark takes the peer at once. */
  subscribed(end: PeerEnd, topics: readonly string[]): void {
    const grafts: string[] = [];
    for (const topic of topics) {
      const mesh = this.#modules.topics.get(topic);
      if (mesh === undefined || mesh.subscribers.includes(end)) continue;
      mesh.subscribers.push(end);
      if (mesh.handler === undefined || mesh.members.length >= D_LOW || !this.#mayGraft(mesh, end)) continue;
      mesh.members.push(end);
      grafts.push(topic);
    }
    if (grafts.length > 0) this.#tellChanges(end, grafts, []);
    this.#modules.heartbeat.wake();
  }

  /** One beat: every mesh between its marks, nobody in it with a negative score. */
  beat(): void {
    const changes = new Changes();
    for (const mesh of this.#modules.topics.values()) if (mesh.handler !== undefined) this.#maintain(mesh, changes);
    for (const [end, grafts] of changes.grafts) {
      this.#tellChanges(end, grafts, changes.prunes.get(end) ?? []);
      changes.prunes.delete(end);
    }
    for (const [end, prunes] of changes.prunes) this.#tellChanges(end, [], prunes);
  }

  /**
   * The beat from which on a mesh that lacks peers may graft one that it has pruned; undefined: none lacks any, or
   * there are none.
   */
  nextTick(tick: number): number | undefined {
    let next: number | undefined;
    for (const mesh of this.#modules.topics.values()) {
      if (mesh.handler === undefined || !lacksPeers(mesh)) continue;
      for (const end of mesh.subscribers) {
        const clearTick = mesh.backoffClearTick(end.remote.peerId, tick);
        if (clearTick > 0 && (next === undefined || clearTick < next)) next = clearTick;
      }
    }
    return next;
  }

  #maintain(mesh: TopicMesh, changes: Changes): void {
    const { conduct } = this.#modules;
    const { members, topic } = mesh;
    let candidates = this.#candidates(mesh);
    const graft = (chosen: readonly PeerEnd[]): void => {
      for (const end of chosen) {
        members.push(end);
        append(changes.grafts, end, topic);
      }
      candidates = candidates.filter((end) => !chosen.includes(end));
    };
    const prune = (end: PeerEnd): void => {
      mesh.expel(end);
      append(changes.prunes, end, topic);
    };
    for (const end of [...members]) if (conduct.scoreOf(end) < 0) prune(end);
    if (members.length < D_LOW) graft(this.#draw(candidates, D - members.length));
    if (members.length > D_HIGH) for (const end of this.#surplus(members)) prune(end);
    if (members.length >= D_LOW) {
      const lacking = D_OUT - outboundOf(members);
      if (lacking > 0) {
        graft(
          this.#draw(
            candidates.filter((end) => end.isOutbound),
            lacking,
          ),
        );
      }
    }
    // Opportunistic grafting never finds anybody: it looks for scores above the mesh's median, and with this project's
    // weights all are zero.
  }

  /**
   * Keeps the four with the best scores, the first grafted among equals, and random others, at least two of them
   * dialled by this node.
   */
  #surplus(members: readonly PeerEnd[]): PeerEnd[] {
    const { conduct, random } = this.#modules;
    const byScore = [...members].sort((a, b) => conduct.scoreOf(b) - conduct.scoreOf(a));
    const rest = byScore.slice(D_SCORE);
    const order = [...byScore.slice(0, D_SCORE), ...random.sample(rest, rest.length)];
    const outbound = outboundOf(order.slice(0, D));
    if (outbound < D_OUT) {
      const toFront = (i: number): void => {
        order.unshift(...order.splice(i, 1));
      };
      let kept = outbound;
      for (let i = 1; i < D && kept > 0; i++) {
        if (!order[i]?.isOutbound) continue;
        toFront(i);
        kept--;
      }
      // As in gossipsub: up to D of them, not D_OUT.
      let wanted = D - outbound;
      for (let i = D; i < order.length && wanted > 0; i++) {
        if (!order[i]?.isOutbound) continue;
        toFront(i);
        wanted--;
      }
    }
    return order.slice(D);
  }

  changed(end: PeerEnd, grafts: readonly string[], prunes: readonly string[]): void {
    if (grafts.length > 0) this.#grafted(end, grafts);
    if (prunes.length > 0) this.#pruned(end, prunes);
    this.#modules.heartbeat.wake();
  }

  #grafted(end: PeerEnd, topics: readonly string[]): void {
    const { conduct, node } = this.#modules;
    const prunes: string[] = [];
    for (const topic of topics) {
      const mesh = this.#modules.topics.get(topic);
      if (mesh?.handler === undefined || mesh.members.includes(end)) continue;
      const untilUs = mesh.backoffUntilUs(end.remote.peerId);
      if (node.nowUs < untilUs) {
        const isFlood = node.nowUs < untilUs + GRAFT_FLOOD_THRESHOLD_US - PRUNE_BACKOFF_US;
        conduct.misbehaved(end, isFlood ? 2 : 1);
        prunes.push(topic);
      } else if (conduct.scoreOf(end) < 0 || (mesh.members.length >= D_HIGH && !end.isOutbound)) {
        prunes.push(topic);
      } else {
        mesh.members.push(end);
      }
    }
    if (prunes.length > 0) this.#tellChanges(end, [], prunes);
  }

  #pruned(end: PeerEnd, topics: readonly string[]): void {
    for (const topic of topics) {
      const mesh = this.#modules.topics.get(topic);
      if (mesh?.handler === undefined) continue;
      mesh.expel(end);
      mesh.backOff(end.remote.peerId, this.#modules.node.nowUs + PRUNE_BACKOFF_US);
    }
  }

  #tellSubscriptions(end: PeerEnd, topics: readonly string[]): void {
    if (topics.length === 0) return;
    this.#modules.wire.sendReliably(end, subscribeFrameBytes(topics), () =>
      end.remote.router.mesh.subscribed(end.other, topics),
    );
  }

  /** The side that prunes backs off as well. */
  #tellChanges(end: PeerEnd, grafts: readonly string[], prunes: readonly string[]): void {
    const { node, topics, wire } = this.#modules;
    for (const topic of prunes) topics.get(topic)?.backOff(end.remote.peerId, node.nowUs + PRUNE_BACKOFF_US);
    wire.sendReliably(end, graftPruneFrameBytes(grafts, prunes), () =>
      end.remote.router.mesh.changed(end.other, grafts, prunes),
    );
  }

  #candidates(mesh: TopicMesh): PeerEnd[] {
    return mesh.subscribers.filter((end) => !mesh.members.includes(end) && this.#mayGraft(mesh, end));
  }

  #mayGraft(mesh: TopicMesh, end: PeerEnd): boolean {
    const { conduct, heartbeat, node } = this.#modules;
    return (
      end.hasGossipStream &&
      conduct.scoreOf(end) >= 0 &&
      mesh.backoffClearTick(end.remote.peerId, heartbeat.tickAt(node.nowUs)) === 0
    );
  }

  /** Draws only where there is a choice, so that a beat without one changes nothing. */
  #draw(from: readonly PeerEnd[], count: number): readonly PeerEnd[] {
    return from.length <= count ? from : this.#modules.random.sample(from, count);
  }

  #joined(): string[] {
    return [...this.#modules.topics.values()].filter((mesh) => mesh.handler !== undefined).map((mesh) => mesh.topic);
  }
}

function lacksPeers({ members }: TopicMesh): boolean {
  return members.length < D_LOW || outboundOf(members) < D_OUT;
}

function outboundOf(ends: readonly PeerEnd[]): number {
  let count = 0;
  for (const end of ends) if (end.isOutbound) count++;
  return count;
}

function append(map: Map<PeerEnd, string[]>, end: PeerEnd, topic: string): void {
  const topics = map.get(end);
  if (topics === undefined) map.set(end, [topic]);
  else topics.push(topic);
}
