import type { TopicHandler } from "../network.ts";
import { DEFAULT_REQUEST_DUE_MS, DEFAULT_REQUEST_TIMEOUT_MS } from "../network.ts";
import type { RequestLimits } from "../request-places.ts";

export interface Libp2pNetworkOptions {
  /** The 32-byte Ed25519 seed of the network key. */
  readonly privateKey: Uint8Array;
  /** Multiaddrs to listen on; nothing else is opened. */
  readonly listen: readonly string[];
  /**
   * Those of `listen` on which a proxy connects for others: all connections come from one host there, and limits of a
   * single source would be limits of everybody.
   */
  readonly behindProxy?: readonly string[];
  /** Multiaddrs to announce instead of the detected ones, for a node behind a forwarded port. */
  readonly announce?: readonly string[];
  /** All topics that this node may receive; others are dropped before any bookkeeping. */
  readonly topics: readonly string[];
  readonly limits?: Partial<NetworkLimits>;
}

/** Bounds on what strangers can make this node do. */
export interface NetworkLimits extends RequestLimits {
  /**
   * Connected peers that are not on the roster; the next one is refused. 128 x ~2 MB is what a small machine can spare.
   */
  readonly maxStrangers: number;
  /** Connections of one peer: two while both sides dial; the rest are dead ones not yet noticed. */
  readonly maxConnectionsPerPeer: number;
  /** Of a stranger: both sides may have dialled. Strangers that hold eight each would be a thousand connections. */
  readonly maxConnectionsPerStranger: number;
  /** Streams of one protocol that one peer has open, over all its connections; the next one is reset. */
  readonly maxStreamsPerPeer: number;
  /** From the opening of a stream until its request is whole; then it is reset. */
  readonly requestDueMs: number;
  /** From a whole request to the last byte of its answer. */
  readonly requestTimeoutMs: number;
  /**
   * Every connection is pinged this often, and closed if no answer comes within pingTimeoutMs: a frozen peer is gone
   * after 15 s.
   */
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  /** How long a peer whose score fell under the threshold is refused. Reconnecting would reset its score. */
  readonly banMs: number;
  /**
   * Weight of gossipsub's IP colocation penalty, zero or negative. Zero: auditors may share a host, on loopback all of
   * them do.
   */
  readonly ipColocationWeight: number;
}

export const DEFAULT_NETWORK_LIMITS: NetworkLimits = {
  maxStrangers: 128,
  maxConnectionsPerPeer: 8,
  maxConnectionsPerStranger: 2,
  maxStreamsPerPeer: 8,
  maxRequestsPerPeer: 4,
  maxStrangerRequests: 16,
  maxRequests: 64,
  requestDueMs: DEFAULT_REQUEST_DUE_MS,
  requestTimeoutMs: DEFAULT_REQUEST_TIMEOUT_MS,
  pingIntervalMs: 10_000,
  pingTimeoutMs: 5000,
  banMs: 600_000,
  ipColocationWeight: 0,
};

/** Auditors of a roster, for whom connections and dials are never counted out. */
export const MAX_ROSTER_PEERS = 256;
/** libp2p's own limits know nobody: they count strangers and auditors alike, so ours (inbound-places.ts) come first. */
export const NO_LIMIT = 1_000_000;

/**
 * Of one connection. A stream that is not read holds one window at most: yamux lets it grow to 16 MiB, and then ends
 * the stream for having 4. An honest peer has a gossip stream, an identification, a ping and a few requests open at
 * once.
 */
export const STREAM_LIMITS = {
  maxInboundStreams: 64,
  streamOptions: { initialStreamWindowSize: 262_144, maxStreamWindowSize: 262_144 },
} as const;

export type TopicHandlers = Map<string, TopicHandler>;
