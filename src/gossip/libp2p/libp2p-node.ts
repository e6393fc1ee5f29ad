/**
 * How libp2p is put together here: TCP, noise, yamux, identify, ping and gossipsub, with our limits in place of theirs.
 */
import "./polyfill.ts";
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { type GossipSub, gossipsub } from "@libp2p/gossipsub";
import { type Identify, identify } from "@libp2p/identify";
import type { Libp2p, PrivateKey, Stream } from "@libp2p/interface";
import { type Ping, ping } from "@libp2p/ping";
import { createLibp2p, type Libp2pInit } from "libp2p";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import { parseAddress } from "../address.ts";
import { GatedTcp } from "./gated-tcp.ts";
import { gossipsubOptions } from "./gossip-policy.ts";
import { type GossipComponents, GossipStreams } from "./gossip-streams.ts";
import type { InboundPlaces } from "./inbound-places.ts";
import {
  type Libp2pNetworkOptions,
  MAX_ROSTER_PEERS,
  type NetworkLimits,
  NO_LIMIT,
  STREAM_LIMITS,
} from "./libp2p-options.ts";

export interface Services extends Record<string, unknown> {
  identify: Identify;
  ping: Ping;
  pubsub: GossipSub;
}

export interface Libp2pSetup {
  readonly options: Libp2pNetworkOptions;
  readonly limits: NetworkLimits;
  readonly privateKey: PrivateKey;
}

/** libp2p's own figures go there; made by whoever measures. */
export type Libp2pMeter = NonNullable<Libp2pInit["metrics"]>;

export interface Libp2pModules {
  readonly places: InboundPlaces;
  readonly isRosterPeer: (peer: string) => boolean;
  readonly isBanned: (peer: string) => boolean;
  /** Whether one more connection of this peer is let in, now. */
  readonly admits: (peer: string) => boolean;
  /** An inbound gossip stream as gossipsub is to see it. */
  readonly gossipStreamOf: (stream: Stream, peer: string) => Stream;
  readonly clock: Clock;
  readonly log: Logger;
  /** Default: nothing is measured. */
  readonly meter?: Libp2pMeter;
}

/** Not started. */
export function buildLibp2p(
  { options, limits, privateKey }: Libp2pSetup,
  modules: Libp2pModules,
): Promise<Libp2p<Services>> {
  const { listen, behindProxy = [], announce, topics } = options;
  const { places, isRosterPeer, isBanned, admits, gossipStreamOf, clock, log, meter } = modules;
  const pubsub = gossipsub(gossipsubOptions({ topics, ipColocationWeight: limits.ipColocationWeight }));
  const streams = new GossipStreams({ isRosterPeer, streamOf: gossipStreamOf, clock, log });
  const proxied = behindProxy.map((address) => parseAddress(address).toString());
  const gated = new GatedTcp({
    places,
    kindOf: (address) => (proxied.includes(address) ? "behind-proxy" : "direct"),
  });
  return createLibp2p<Services>({
    start: false,
    ...(meter === undefined ? {} : { metrics: meter }),
    privateKey,
    addresses: { listen: [...listen], ...(announce === undefined ? {} : { announce: [...announce] }) },
    transports: [gated.transport()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux(STREAM_LIMITS)],
    connectionManager: {
      maxConnections: NO_LIMIT,
      maxIncomingPendingConnections: NO_LIMIT,
      inboundConnectionThreshold: NO_LIMIT,
      // Nobody but the roster dialer dials: no dial waits for another.
      maxParallelDials: MAX_ROSTER_PEERS,
      // The roster dialer redials; libp2p's own attempts end after five.
      reconnectRetries: 0,
    },
    // Its average breaks when the clock is set back (connection-pulse.ts).
    connectionMonitor: { enabled: false },
    connectionGater: {
      // libp2p's default refuses private addresses in browsers only; a roster address is the operator's decision in
      // any case.
      denyDialMultiaddr: () => false,
      denyDialPeer: (peer) => isBanned(peer.toString()),
      denyInboundEncryptedConnection: (peer, connection) => {
        if (isRosterPeer(peer.toString())) gated.authenticated(connection);
        return !admits(peer.toString());
      },
      // Again, when nothing is waited for any more: many may have been authenticated at once.
      denyInboundUpgradedConnection: (peer) => !admits(peer.toString()),
    },
    services: {
      identify: identify(),
      ping: ping(),
      pubsub: ({ privateKey: key, peerId, peerStore, registrar, connectionManager, logger }: GossipComponents) =>
        pubsub({ privateKey: key, peerId, peerStore, registrar: streams.wrap(registrar), connectionManager, logger }),
    },
  });
}
