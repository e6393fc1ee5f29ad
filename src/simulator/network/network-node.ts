/**
 * One life of a node in the hub: its connections, its uplink and what it answers. SimNetwork is its face towards the
 * node's code.
 */
import { compareText } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { DEFAULT_NETWORK_LIMITS } from "../../gossip/libp2p/libp2p-options.ts";
import { PeerGuard } from "../../gossip/libp2p/peer-guard.ts";
import type { PeerListener, RequestAnswers } from "../../gossip/network.ts";
import { RequestPlaces } from "../../gossip/request-places.ts";
import type { Incarnation } from "../engine/incarnation.ts";
import type { RandomStream } from "../engine/random-streams.ts";
import type { Scheduled, Scheduler } from "../engine/scheduler.ts";
import type { NodeCounters } from "./counters.ts";
import { GossipRouter, type GossipWorld } from "./gossip-router.ts";
import type { PeerEnd } from "./peer-end.ts";

export interface NetworkNodeModules {
  readonly incarnation: Incarnation;
  readonly clock: Clock;
  readonly random: RandomStream;
  readonly scheduler: Scheduler;
  readonly counters: NodeCounters;
  readonly gossip: GossipWorld;
}

export class NetworkNode {
  readonly peerId: string;
  readonly incarnation: Incarnation;
  readonly counters: NodeCounters;
  readonly router: GossipRouter;
  readonly guard: PeerGuard;
  readonly requestAnswers: Map<string, RequestAnswers> = new Map();
  readonly listeners: Set<PeerListener> = new Set();
  /** One a connected peer. */
  readonly ends: Map<string, PeerEnd> = new Map();
  readonly places: RequestPlaces;
  readonly #scheduler: Scheduler;
  readonly #bytesPerSecond: number | undefined;
  #sorted: readonly string[] | undefined;
  #uplinkFreeUs = 0;
  #startedUs: number | undefined;
  #life = new AbortController();

  constructor(
    options: {
      readonly peerId: string;
      readonly topics: readonly string[];
      readonly bandwidthBytesPerSecond: number | undefined;
    },
    modules: NetworkNodeModules,
  ) {
    this.peerId = options.peerId;
    this.incarnation = modules.incarnation;
    this.counters = modules.counters;
    this.#scheduler = modules.scheduler;
    this.#bytesPerSecond = options.bandwidthBytesPerSecond;
    this.guard = new PeerGuard(DEFAULT_NETWORK_LIMITS, modules);
    this.places = new RequestPlaces(DEFAULT_NETWORK_LIMITS, { isRosterPeer: (peer) => this.guard.isProtected(peer) });
    this.router = new GossipRouter(options.topics, this, modules);
  }

  get name(): string {
    return this.incarnation.entity;
  }

  get nowUs(): number {
    return this.#scheduler.nowUs;
  }

  /** Started, not stopped, and alive. */
  get isRunning(): boolean {
    return this.#startedUs !== undefined && this.incarnation.isAlive;
  }

  /** Aborted by a stop. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** Connected peers, sorted. */
  get peers(): readonly string[] {
    this.#sorted ??= [...this.ends.keys()].sort(compareText);
    return this.#sorted;
  }

  start(): void {
    this.#startedUs = this.nowUs;
    this.router.start();
  }

  /** Closes every connection, the peers' sides a latency later. */
  stop(): void {
    this.#startedUs = undefined;
    this.#life.abort();
    for (const peer of this.peers) this.ends.get(peer)?.hangUp();
  }

  /** As Incarnation.schedule; skipped when the network does not run by then. */
  schedule(delayUs: number, action: () => boolean): Scheduled {
    return this.#scheduler.schedule(delayUs, () => this.isRunning && action());
  }

  /** When this many bytes will have left over the uplink, after everything that is queued there. */
  departUs(sizeBytes: number): number {
    if (this.#bytesPerSecond === undefined) return this.nowUs;
    const beginUs = Math.max(this.nowUs, this.#uplinkFreeUs);
    this.#uplinkFreeUs = beginUs + Math.round((sizeBytes * 1_000_000) / this.#bytesPerSecond);
    return this.#uplinkFreeUs;
  }

  /** The first time from now on at which this node pings its peers: every 10 s since its start. */
  nextPingUs(): number {
    const intervalUs = DEFAULT_NETWORK_LIMITS.pingIntervalMs * 1000;
    const startedUs = this.#startedUs ?? this.nowUs;
    return startedUs + Math.ceil((this.nowUs - startedUs) / intervalUs) * intervalUs;
  }

  admits(peer: string): boolean {
    let strangers = 0;
    for (const connected of this.ends.keys()) if (!this.guard.isProtected(connected)) strangers++;
    return this.guard.admits(peer, { ofThisPeer: this.ends.has(peer) ? 1 : 0, strangers });
  }

  opened(end: PeerEnd): void {
    this.ends.set(end.remote.peerId, end);
    this.#sorted = undefined;
    this.router.connected(end);
    this.#notify(end.remote.peerId, "connect");
  }

  closed(end: PeerEnd): void {
    this.ends.delete(end.remote.peerId);
    this.#sorted = undefined;
    this.router.disconnected(end);
    this.#notify(end.remote.peerId, "disconnect");
  }

  #notify(peer: string, event: "connect" | "disconnect"): void {
    for (const listener of [...this.listeners]) listener(peer, event);
  }
}
