/**
 * The Network port inside one process, for tests: no sockets, no timers but the request timeout, and the same order of
 * events in every run. Messages flood along connections, each peer deciding by its handler's verdict whether they go
 * on, as in gossipsub.
 */
import { compareText } from "../../src/core/bytes.ts";
import type { Clock } from "../../src/core/clock.ts";
import { Deadline, unlessAborted } from "../../src/core/deadline.ts";
import { CoauditError, isCoauditError } from "../../src/core/errors.ts";
import { messageIdText } from "../../src/gossip/message-id.ts";
import {
  checkFrame,
  checkMessage,
  checkTopic,
  DEFAULT_REQUEST_TIMEOUT_MS,
  type Network,
  type PeerListener,
  REQUEST_CAP_BYTES,
  RESPONSE_CAP_BYTES,
  type RequestHandler,
  type TopicHandler,
  uncounted,
} from "../../src/gossip/network.ts";
import { requestError } from "../../src/gossip/request-error.ts";

/** Gossipsub forgets ids after two minutes; a test's network forgets the oldest beyond this many. */
const SEEN_IDS = 65_536;

/** The wires between memory networks. Traffic is counted, and a test may cut any pair. */
export class MemoryHub {
  readonly #nodes: Map<string, MemoryNetwork> = new Map();
  readonly #cuts: Set<string> = new Set();
  /** Bytes of requests and responses that crossed, both directions. */
  requestBytes = 0;

  /** From now on the two can't connect, and a connection between them ends. */
  cut(a: string, b: string): void {
    this.#cuts.add(pair(a, b));
    this.disconnect(a, b);
  }

  heal(a: string, b: string): void {
    this.#cuts.delete(pair(a, b));
  }

  disconnect(a: string, b: string): void {
    this.#nodes.get(a)?.lost(b);
    this.#nodes.get(b)?.lost(a);
  }

  join(node: MemoryNetwork): void {
    if (this.#nodes.has(node.peerId)) {
      throw new CoauditError("NETWORK_LISTEN_FAILED", `${node.peerId} is already running in this hub`, {
        addresses: [node.peerId],
      });
    }
    this.#nodes.set(node.peerId, node);
  }

  leave(node: MemoryNetwork): void {
    this.#nodes.delete(node.peerId);
  }

  /** The node at the other end, unless it is gone or cut off. */
  reach(from: string, to: string): MemoryNetwork | undefined {
    return this.#cuts.has(pair(from, to)) ? undefined : this.#nodes.get(to);
  }
}

export interface MemoryNetworkOptions {
  readonly peerId: string;
  readonly topics: readonly string[];
  readonly requestTimeoutMs?: number;
}

export class MemoryNetwork implements Network {
  readonly peerId: string;
  readonly #options: MemoryNetworkOptions;
  readonly #hub: MemoryHub;
  readonly #clock: Clock;
  readonly #topicHandlers: Map<string, TopicHandler> = new Map();
  readonly #requestHandlers: Map<string, RequestHandler> = new Map();
  readonly #listeners: Set<PeerListener> = new Set();
  readonly #peers: Set<string> = new Set();
  readonly #seen: Set<string> = new Set();
  #life: AbortController | undefined;

  constructor(options: MemoryNetworkOptions, modules: { hub: MemoryHub; clock: Clock }) {
    this.peerId = options.peerId;
    this.#options = options;
    this.#hub = modules.hub;
    this.#clock = modules.clock;
  }

  addresses(): string[] {
    return this.#life === undefined ? [] : [`/memory/${this.peerId}/p2p/${this.peerId}`];
  }

  subscribe(topic: string, handler: TopicHandler): void {
    checkTopic(topic, this.#options.topics);
    this.#topicHandlers.set(topic, handler);
  }

  async publish(topic: string, data: Uint8Array): Promise<void> {
    checkTopic(topic, this.#options.topics);
    checkMessage(topic, data);
    this.#started("publish");
    const id = messageIdText(topic, data);
    if (this.#seen.has(id)) return;
    this.#remember(id);
    this.#forward(topic, data, undefined);
  }

  handle(protocol: string, handler: RequestHandler): void {
    this.#requestHandlers.set(protocol, handler);
  }

  async request(peer: string, protocol: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const life = this.#started("request");
    const context = { peer, protocol };
    const other = this.#peers.has(peer) ? this.#hub.reach(this.peerId, peer) : undefined;
    if (other === undefined) throw new CoauditError("REQUEST_PEER_UNREACHABLE", `${peer} is not connected`, context);
    checkFrame(request, REQUEST_CAP_BYTES);
    const timeoutMs = this.#options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
    const deadline = new Deadline(this.#clock, timeoutMs, signal, life.signal);
    this.#hub.requestBytes += request.length;
    try {
      const response = await unlessAborted(
        other.answer(this.peerId, protocol, request.slice(), deadline.signal),
        deadline.signal,
      );
      this.#hub.requestBytes += response.length;
      checkFrame(response, RESPONSE_CAP_BYTES);
      return response.slice();
    } catch (cause) {
      const end = deadline.expired ? "late" : deadline.signal.aborted ? "cancelled" : "failed";
      if (end === "failed" && isCoauditError(cause, "REQUEST_PROTOCOL_UNKNOWN", "FRAME_TOO_LARGE")) throw cause;
      throw requestError({ ...context, timeoutMs, end }, cause);
    } finally {
      deadline.cancel();
    }
  }

  async dial(addresses: readonly string[], signal: AbortSignal): Promise<string> {
    this.#started("dial");
    for (const address of addresses) {
      const peer = /^\/memory\/([^/]+)(?:\/p2p\/\1)?$/.exec(address)?.[1];
      if (peer === undefined) {
        if (/^\/memory\/[^/]+\/p2p\/[^/]+$/.test(address)) continue;
        throw new CoauditError("NETWORK_ADDRESS_INVALID", `"${address}" is not /memory/<peer id>`, { address });
      }
      const other = this.#hub.reach(this.peerId, peer);
      if (other === undefined || peer === this.peerId || signal.aborted) continue;
      other.met(this.peerId);
      this.met(peer);
      return peer;
    }
    throw new CoauditError("NETWORK_DIAL_FAILED", `no connection to ${addresses.join(", ")}`, {
      addresses: [...addresses],
    });
  }

  peers(): string[] {
    return [...this.#peers].sort(compareText);
  }

  onPeer(listener: PeerListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  protect(_peer: string): () => void {
    return () => {};
  }

  async start(): Promise<void> {
    this.#hub.join(this);
    this.#life = new AbortController();
  }

  async stop(): Promise<void> {
    this.#life?.abort();
    this.#life = undefined;
    for (const peer of this.peers()) this.#hub.disconnect(this.peerId, peer);
    this.#hub.leave(this);
  }

  /** Called by the other end: a connection is there. */
  met(peer: string): void {
    if (this.#peers.has(peer)) return;
    this.#peers.add(peer);
    for (const listener of [...this.#listeners]) listener(peer, "connect");
  }

  /** Called by the hub: a connection is gone. */
  lost(peer: string): void {
    if (!this.#peers.delete(peer)) return;
    for (const listener of [...this.#listeners]) listener(peer, "disconnect");
  }

  /** Called by the other end: a message arrives. */
  async deliver(topic: string, data: Uint8Array, from: string): Promise<void> {
    const handler = this.#topicHandlers.get(topic);
    const id = messageIdText(topic, data);
    if (this.#life === undefined || handler === undefined || this.#seen.has(id)) return;
    this.#remember(id);
    let verdict = "ignore";
    try {
      verdict = await handler(data, from, uncounted);
    } catch {
      // As in the libp2p adapter: a handler that fails is not the sender's fault.
    }
    if (verdict === "accept") this.#forward(topic, data, from);
  }

  /** Called by the other end: a request arrives. */
  async answer(from: string, protocol: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const handler = this.#requestHandlers.get(protocol);
    if (handler === undefined) {
      throw new CoauditError("REQUEST_PROTOCOL_UNKNOWN", `${this.peerId} does not speak ${protocol}`, {
        peer: this.peerId,
        protocol,
      });
    }
    return handler(request, from, signal);
  }

  #forward(topic: string, data: Uint8Array, from: string | undefined): void {
    for (const peer of this.peers()) {
      if (peer === from) continue;
      const other = this.#hub.reach(this.peerId, peer);
      // A microtask later, as if over a wire: the sender never runs inside the receiver.
      if (other !== undefined) queueMicrotask(() => void other.deliver(topic, data.slice(), this.peerId));
    }
  }

  #remember(id: string): void {
    this.#seen.add(id);
    if (this.#seen.size <= SEEN_IDS) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      break;
    }
  }

  #started(operation: string): AbortController {
    if (this.#life === undefined) {
      throw new CoauditError(
        "NETWORK_NOT_STARTED",
        `the network is not running: no ${operation} before start or after stop`,
        { operation },
      );
    }
    return this.#life;
  }
}

function pair(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
