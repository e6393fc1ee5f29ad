/**
 * The Network port of one life of a node in a simulated world. Once that life has ended it does nothing, and its
 * promises never settle.
 */
import type { Clock } from "../../core/clock.ts";
import { Deadline } from "../../core/deadline.ts";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import {
  checkFrame,
  checkMessage,
  checkTopic,
  DEFAULT_REQUEST_TIMEOUT_MS,
  type Network,
  type PeerListener,
  REQUEST_CAP_BYTES,
  type RequestHandler,
  type TopicHandler,
} from "../../gossip/network.ts";
import { requestError } from "../../gossip/request-error.ts";
import type { Incarnation } from "../engine/incarnation.ts";
import type { RandomStream } from "../engine/random-streams.ts";
import type { NetworkNode } from "./network-node.ts";
import type { SimHub } from "./sim-hub.ts";
import { ask } from "./sim-request.ts";

export interface SimNetworkOptions {
  /** Opaque: any text without a slash. */
  readonly peerId: string;
  readonly topics: readonly string[];
  readonly requestTimeoutMs?: number;
}

export interface SimNetworkModules {
  readonly hub: SimHub;
  readonly incarnation: Incarnation;
  readonly clock: Clock;
  /** Of this life alone; gossipsub's choices are drawn from it. */
  readonly random: RandomStream;
}

export class SimNetwork implements Network {
  readonly peerId: string;
  readonly #options: SimNetworkOptions;
  readonly #hub: SimHub;
  readonly #clock: Clock;
  readonly #node: NetworkNode;

  constructor(options: SimNetworkOptions, modules: SimNetworkModules) {
    this.peerId = options.peerId;
    this.#options = options;
    this.#hub = modules.hub;
    this.#clock = modules.clock;
    this.#node = modules.hub.node(options, modules);
  }

  addresses(): string[] {
    return this.#node.isRunning ? [`/memory/${this.peerId}/p2p/${this.peerId}`] : [];
  }

  subscribe(topic: string, handler: TopicHandler): void {
    checkTopic(topic, this.#options.topics);
    this.#node.router.subscribe(topic, handler);
  }

  publish(topic: string, data: Uint8Array): Promise<void> {
    return this.#alive(async () => {
      checkTopic(topic, this.#options.topics);
      checkMessage(topic, data);
      this.#checkStarted("publish");
      this.#node.router.publish(topic, data);
    });
  }

  handle(protocol: string, handler: RequestHandler, busy?: Uint8Array): void {
    this.#node.requestAnswers.set(protocol, { handler, busy });
  }

  request(peer: string, protocol: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    return this.#alive(() => this.#request(peer, protocol, request, signal));
  }

  dial(addresses: readonly string[], signal: AbortSignal): Promise<string> {
    return this.#alive(async () => {
      this.#checkStarted("dial");
      for (const peer of addresses.map(peerAt)) {
        if (peer !== undefined && (await this.#hub.dial(this.#node, peer, signal))) return peer;
      }
      throw new CoauditError("NETWORK_DIAL_FAILED", `no connection to ${addresses.join(", ")}`, {
        addresses: [...addresses],
      });
    });
  }

  peers(): string[] {
    return this.#node.isRunning ? [...this.#node.peers] : [];
  }

  onPeer(listener: PeerListener): () => void {
    this.#node.listeners.add(listener);
    return () => this.#node.listeners.delete(listener);
  }

  protect(peer: string): () => void {
    return this.#node.guard.protect(peer);
  }

  start(): Promise<void> {
    return this.#alive(async () => this.#hub.join(this.#node));
  }

  stop(): Promise<void> {
    return this.#alive(async () => this.#hub.leave(this.#node));
  }

  /**
   * Peers in this node's mesh of a topic, in the order in which they were grafted; for tests and for those who look
   * into a world.
   */
  meshPeers(topic: string): string[] {
    return this.#node.router.meshPeers(topic);
  }

  async #request(peer: string, protocol: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    this.#checkStarted("request");
    const context = { peer, protocol };
    const end = this.#node.ends.get(peer);
    if (end === undefined) throw new CoauditError("REQUEST_PEER_UNREACHABLE", `${peer} is not connected`, context);
    checkFrame(request, REQUEST_CAP_BYTES);
    const timeoutMs = this.#options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
    const deadline = new Deadline(this.#clock, timeoutMs, signal, this.#node.signal);
    try {
      return await ask(end, protocol, request, deadline.signal);
    } catch (cause) {
      if (isCoauditError(cause)) throw cause;
      const why = deadline.expired ? "late" : deadline.signal.aborted ? "cancelled" : "failed";
      throw requestError({ ...context, timeoutMs, end: why }, cause);
    } finally {
      deadline.cancel();
    }
  }

  /** Nothing happens in a life that has ended, and nobody learns of it. */
  #alive<T>(act: () => Promise<T>): Promise<T> {
    return this.#node.incarnation.isAlive ? act() : new Promise<never>(() => {});
  }

  #checkStarted(operation: string): void {
    if (this.#node.isRunning) return;
    const message = `the network is not running: no ${operation} before start or after stop`;
    throw new CoauditError("NETWORK_NOT_STARTED", message, { operation });
  }
}

/** Undefined for an address that names another peer than lives there. */
function peerAt(address: string): string | undefined {
  const [, at, named] = /^\/memory\/([^/]+)(?:\/p2p\/([^/]+))?$/.exec(address) ?? [];
  if (at === undefined) {
    throw new CoauditError("NETWORK_ADDRESS_INVALID", `"${address}" is not /memory/<peer id>`, { address });
  }
  return named === undefined || named === at ? at : undefined;
}
