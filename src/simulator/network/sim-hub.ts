/** The wires of a world: who runs, who is connected, who can reach whom, and what crossed. */

import { compareText } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { DEFAULT_NETWORK_LIMITS } from "../../gossip/libp2p/libp2p-options.ts";
import type { RandomStreams } from "../engine/random-streams.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import type { NetworkScenario } from "../scenario/scenario.ts";
import type { LinkConditions } from "./conditions.ts";
import { type NodeCounters, zeroCounters } from "./counters.ts";
import type { GossipWorld } from "./gossip-router.ts";
import { MessageBook } from "./message-book.ts";
import { NetworkNode, type NetworkNodeModules } from "./network-node.ts";
import { Path } from "./path.ts";
import { PeerEnd } from "./peer-end.ts";

export interface SimHubOptions extends LinkConditions, Pick<NetworkScenario, "gossip" | "bandwidthBytesPerSecond"> {
  /** lazy (the default): a heartbeat that has nothing to do is no event. eager: the reference that tests hold it to. */
  readonly heartbeats?: "lazy" | "eager";
}

export interface SimHubModules {
  readonly scheduler: Scheduler;
  readonly streams: RandomStreams;
}

/** TCP's handshake, the choice of noise and noise itself; yamux is agreed on inside of it. */
const DIAL_ROUND_TRIPS = 3;
/** libp2p's own limit of one dial. */
const DIAL_TIMEOUT_US = 10_000_000;

export class SimHub {
  readonly #options: SimHubOptions;
  readonly #scheduler: Scheduler;
  readonly #streams: RandomStreams;
  readonly #gossip: GossipWorld;
  /** Those that run, by peer id. */
  readonly #nodes: Map<string, NetworkNode> = new Map();
  /** Names of all that ever ran, by peer id. */
  readonly #names: Map<string, string> = new Map();
  /** Machines without power: nobody there refuses a connection. */
  readonly #silent: Set<string> = new Set();
  readonly #paths: Map<string, Map<string, Path>> = new Map();
  readonly #counters: Map<string, NodeCounters> = new Map();

  constructor(options: SimHubOptions, modules: SimHubModules) {
    this.#options = options;
    this.#scheduler = modules.scheduler;
    this.#streams = modules.streams;
    this.#gossip = {
      mode: options.gossip,
      heartbeats: options.heartbeats ?? "lazy",
      book: new MessageBook(modules.scheduler),
    };
    for (const { fromMs } of options.partitions) {
      this.#scheduler.schedule(Math.max(0, fromMs * 1000 - this.#scheduler.nowUs), () => this.#partitioned());
    }
  }

  /** Over all lives of the node of that name. */
  countersOf(name: string): Readonly<NodeCounters> {
    return this.#countersOf(name);
  }

  /** The process of this peer was killed: its machine resets the connections, and refuses new ones. */
  reset(peerId: string): void {
    const node = this.#gone(peerId);
    for (const peer of node?.peers ?? []) node?.ends.get(peer)?.hangUp();
  }

  /** The machine of this peer lost power: its peers notice when their pings are not answered, up to 15 s later. */
  vanish(peerId: string): void {
    const node = this.#gone(peerId);
    this.#silent.add(peerId);
    for (const peer of node?.peers ?? []) {
      const end = node?.ends.get(peer)?.other;
      if (end !== undefined) this.#closeUnanswered(end, () => true);
    }
  }

  /** Part of SimNetwork: its node, not yet running. */
  node(
    options: { readonly peerId: string; readonly topics: readonly string[] },
    modules: Pick<NetworkNodeModules, "incarnation" | "clock" | "random">,
  ): NetworkNode {
    return new NetworkNode(
      { ...options, bandwidthBytesPerSecond: this.#options.bandwidthBytesPerSecond },
      {
        ...modules,
        scheduler: this.#scheduler,
        counters: this.#countersOf(modules.incarnation.entity),
        gossip: this.#gossip,
      },
    );
  }

  /** Part of SimNetwork. Throws NETWORK_LISTEN_FAILED. */
  join(node: NetworkNode): void {
    const { peerId } = node;
    if (this.#nodes.get(peerId)?.isRunning) {
      throw new CoauditError("NETWORK_LISTEN_FAILED", `${peerId} is already running in this hub`, {
        addresses: [peerId],
      });
    }
    // A life that ended without a word.
    this.reset(peerId);
    this.#silent.delete(peerId);
    this.#names.set(peerId, node.name);
    this.#nodes.set(peerId, node);
    node.start();
    this.#disownOldLives(peerId);
  }

  /** Part of SimNetwork. */
  leave(node: NetworkNode): void {
    if (this.#nodes.get(node.peerId) !== node) return;
    this.#gone(node.peerId);
    node.stop();
  }

  /** Part of SimNetwork: true when they are connected. Never settles for the dead. */
  dial(node: NetworkNode, peerId: string, signal: AbortSignal): Promise<boolean> {
    if (node.ends.has(peerId)) return Promise.resolve(true);
    if (signal.aborted || peerId === node.peerId || node.guard.isBanned(peerId)) return Promise.resolve(false);
    const startedUs = this.#scheduler.nowUs;
    return new Promise((resolve) => {
      const settle = (isConnected: boolean): boolean => {
        signal.removeEventListener("abort", giveUp);
        attempt.cancel();
        resolve(isConnected);
        return true;
      };
      const giveUp = (): void => void settle(false);
      signal.addEventListener("abort", giveUp, { once: true });
      const { out, back } = this.#pathsBetween(node.name, this.#names.get(peerId) ?? peerId);
      const unanswered = (): void => {
        attempt = node.schedule(startedUs + DIAL_TIMEOUT_US - this.#scheduler.nowUs, () => settle(false));
      };
      const roundTrips = this.#nodes.has(peerId) ? DIAL_ROUND_TRIPS : 1;
      let delayUs = 0;
      for (let i = 0; i < roundTrips; i++) delayUs += out.latencyUs(startedUs) + back.latencyUs(startedUs);
      let attempt = node.schedule(Math.min(delayUs, DIAL_TIMEOUT_US), () => {
        if (this.#silent.has(peerId) || out.isCut(startedUs) || out.isCut(this.#scheduler.nowUs)) {
          unanswered();
          return false;
        }
        const target = this.#nodes.get(peerId);
        if (target?.isRunning !== true) return settle(false);
        this.#connect(node, target, { out, back });
        return settle(true);
      });
    });
  }

  #connect(node: NetworkNode, target: NetworkNode, paths: { out: Path; back: Path }): void {
    if (node.ends.get(target.peerId)?.remote === target) return;
    // The other one dialled at the same time, and word of it is on its way: that connection will do.
    const crossing = target.ends.get(node.peerId);
    if (crossing?.remote === node && crossing.isOpen) {
      crossing.other.open();
      return;
    }
    const near = PeerEnd.pair(node, target, paths);
    near.open();
    near.tell(() => {
      if (target.ends.get(node.peerId)?.remote !== node && target.admits(node.peerId)) near.other.open();
      else if (!near.other.isOpen) near.other.hangUp();
      return true;
    });
  }

  /** Takes it out of the hub. */
  #gone(peerId: string): NetworkNode | undefined {
    const node = this.#nodes.get(peerId);
    this.#nodes.delete(peerId);
    if (node !== undefined) node.router.forget();
    return node;
  }

  /** Peers that still hold a connection to an earlier life: the new one's machine resets it at their next ping. */
  #disownOldLives(peerId: string): void {
    for (const other of this.#sortedNodes()) {
      const end = other.ends.get(peerId);
      if (end === undefined) continue;
      other.schedule(other.nextPingUs() - other.nowUs, () => {
        end.close();
        return true;
      });
    }
  }

  #partitioned(): boolean {
    for (const node of this.#sortedNodes()) {
      for (const peer of node.peers) {
        const end = node.ends.get(peer);
        if (end?.path.isCut(node.nowUs)) this.#closeUnanswered(end, () => end.path.isCut(node.nowUs));
      }
    }
    return false;
  }

  /** Closes this side when the next ping is not answered: where the peer is deaf when it leaves and when it is due. */
  #closeUnanswered(end: PeerEnd, isDeaf: () => boolean): void {
    const { local } = end;
    local.schedule(local.nextPingUs() - local.nowUs, () => {
      if (!end.isOpen || !isDeaf()) return false;
      local.schedule(DEFAULT_NETWORK_LIMITS.pingTimeoutMs * 1000, () => {
        if (!end.isOpen || !isDeaf()) return false;
        end.hangUp();
        return true;
      });
      return false;
    });
  }

  #sortedNodes(): NetworkNode[] {
    return [...this.#nodes.values()].sort((a, b) => compareText(a.peerId, b.peerId));
  }

  #pathsBetween(from: string, to: string): { out: Path; back: Path } {
    return { out: this.#path(from, to), back: this.#path(to, from) };
  }

  #path(from: string, to: string): Path {
    let paths = this.#paths.get(from);
    if (paths === undefined) {
      paths = new Map();
      this.#paths.set(from, paths);
    }
    let path = paths.get(to);
    if (path === undefined) {
      path = new Path({ from, to }, this.#options, { streams: this.#streams });
      paths.set(to, path);
    }
    return path;
  }

  #countersOf(name: string): NodeCounters {
    let counters = this.#counters.get(name);
    if (counters === undefined) {
      counters = zeroCounters();
      this.#counters.set(name, counters);
    }
    return counters;
  }
}
