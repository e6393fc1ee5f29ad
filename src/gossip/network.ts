/**
 * What this project needs from a network: topics that everybody receives, requests to one peer, and who is connected.
 *
 * Two rooms implement it: libp2p-network.ts over TCP, memory-network.ts inside one process.
 * test/gossip/network-contract.ts requires the same behaviour of both.
 *
 *
 */
import { CoauditError } from "../core/errors.ts";
import type { CostBudget } from "./cost/cost-budget.ts";

/**
 * What happens to a message that came by gossip. accept: it is passed on. ignore: it is not, and nobody is blamed.
 * reject: it is not, and the sender's score drops.
 */
export type Verdict = "accept" | "ignore" | "reject";

/** `from` is the peer that passed the message on, which says nothing about who wrote it. */
export type TopicHandler = (data: Uint8Array, from: string, spend: SpendListener) => Promise<Verdict>;

/** What came of a message cost so many microseconds of the event loop (cost/prices.ts). */
export type SpendListener = (costUs: number) => void;

/** Where nobody pays. */
export const uncounted: SpendListener = () => {};

/** The answer to one request of one peer; an exception reaches the asker as REQUEST_FAILED, without its text. */
export type RequestHandler = (request: Uint8Array, from: string, signal: AbortSignal) => Promise<Uint8Array>;

/** What is said to requests of one protocol; see Network.handle. */
export interface RequestAnswers {
  readonly handler: RequestHandler;
  readonly busy: Uint8Array | undefined;
}

export type PeerListener = (peer: string, event: "connect" | "disconnect") => void;

/** Largest message on a topic: evidence of 64 KiB, the largest statement (docs/protocol.md 5). */
export const TOPIC_MESSAGE_CAP_BYTES = 65_536;
export const REQUEST_CAP_BYTES = 65_536;
export const RESPONSE_CAP_BYTES = 1_048_576;
export const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;
/** A request is whole this long after its stream was opened: 64 KiB over 13 KiB a second. */
export const DEFAULT_REQUEST_DUE_MS = 5000;

export interface Network {
  /** The libp2p peer id of the network key, which is not the signing key. */
  readonly peerId: string;

  /** Multiaddrs at which this node listens, each ending in `/p2p/<peer id>`; empty before start. */
  addresses(): string[];

  /** One handler a topic, before or after start. Throws NETWORK_TOPIC_UNKNOWN for a topic that was not configured. */
  subscribe(topic: string, handler: TopicHandler): void;

  /**
   * Sends to everybody who is subscribed now. A peer that connects later does not get it, and having no peer is not an
   * error: head sync brings what gossip did not. This node's own handler does not receive it. Throws
   * NETWORK_TOPIC_UNKNOWN, NETWORK_MESSAGE_TOO_LARGE, NETWORK_NOT_STARTED.
   */
  publish(topic: string, data: Uint8Array): Promise<void>;

  /**
   * One handler a protocol, before or after start. `busy` is what a peer gets whose request finds no place
   * (request-places.ts); without it the stream is reset.
   */
  handle(protocol: string, handler: RequestHandler, busy?: Uint8Array): void;

  /**
   * One frame there (at most REQUEST_CAP_BYTES), one frame back (at most RESPONSE_CAP_BYTES), to a peer that is
   * connected. Throws FRAME_TOO_LARGE, FRAME_MALFORMED, REQUEST_PEER_UNREACHABLE, REQUEST_PROTOCOL_UNKNOWN,
   * REQUEST_TIMEOUT, REQUEST_ABORTED, REQUEST_FAILED.
   */
  request(peer: string, protocol: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;

  /**
   * Connects to one peer at any of its multiaddrs and returns its peer id; an address that ends in `/p2p/<peer id>`
   * reaches that peer or nobody. Throws NETWORK_ADDRESS_INVALID, NETWORK_DIAL_FAILED, NETWORK_NOT_STARTED.
   */
  dial(addresses: readonly string[], signal: AbortSignal): Promise<string>;

  /** Connected peers, sorted. */
  peers(): string[];

  /** Returns a function that stops listening. */
  onPeer(listener: PeerListener): () => void;

  /**
   * Roster peers: never counted among the strangers, never dropped to make room. Returns a function that ends it; a
   * peer protected twice must be released twice.
   */
  protect(peer: string, addresses?: readonly string[]): () => void;

  /** What peers send is paid for out of the budget, or waits. */
  start(budget: CostBudget): Promise<void>;
  /** Closes every connection and releases the ports. A stopped network is not started again. */
  stop(): Promise<void>;
}

/** Throws NETWORK_TOPIC_UNKNOWN. */
export function checkTopic(topic: string, configured: readonly string[]): void {
  if (!configured.includes(topic)) {
    throw new CoauditError("NETWORK_TOPIC_UNKNOWN", `the topic ${topic} is not among the configured ones`, { topic });
  }
}

/** Throws NETWORK_MESSAGE_TOO_LARGE. */
export function checkMessage(topic: string, data: Uint8Array): void {
  const sizeBytes = data.length;
  if (sizeBytes <= TOPIC_MESSAGE_CAP_BYTES) return;
  throw new CoauditError(
    "NETWORK_MESSAGE_TOO_LARGE",
    `a message of ${sizeBytes} bytes is larger than the cap of ${TOPIC_MESSAGE_CAP_BYTES}`,
    { topic, sizeBytes, capBytes: TOPIC_MESSAGE_CAP_BYTES },
  );
}

/** Throws FRAME_TOO_LARGE. */
export function checkFrame(frame: Uint8Array, capBytes: number): void {
  const sizeBytes = frame.length;
  if (sizeBytes <= capBytes) return;
  throw new CoauditError("FRAME_TOO_LARGE", `a frame of ${sizeBytes} bytes is larger than the cap of ${capBytes}`, {
    sizeBytes,
    capBytes,
  });
}
