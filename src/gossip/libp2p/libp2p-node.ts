/**
 * How libp2p is put together here: TCP, noise, yamux, identify, ping and gossipsub, with our limits in place of theirs.
 */
import "./polyfill.ts";
import { type GossipSub, gossipsub } from "@libp2p/gossipsub";
import { type Identify, identify } from "@libp2p/identify";
import type { Libp2p, PrivateKey, Stream } from "@libp2p/interface";
import { createLibp2p, type Libp2pInit } from "libp2p";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import { parseAddress } from "../address.ts";
import type { CostBudget } from "../cost/cost-budget.ts";
import { CONNECTION_US } from "../cost/wire-price.ts";
import { GatedTcp } from "./gated-tcp.ts";
import { gossipsubOptions } from "./gossip-policy.ts";
import { type GossipComponents, GossipStreams } from "./gossip-streams.ts";
import type { InboundPlaces } from "./inbound-places.ts";
import { type Libp2pNetworkOptions, MAX_ROSTER_PEERS, type NetworkLimits, NO_LIMIT } from "./libp2p-options.ts";
import { MeteredWire } from "./metered-wire.ts";
import { answerPings, MAX_PING_STREAMS, PING_PROTOCOL } from "./ping-answers.ts";

export interface Services extends Record<string, unknown> {
  identify: Identify;
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
  readonly budget: CostBudget;
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

/** Of libp2p's identification: who asks for it says nothing more, who answers some hundred bytes. */
const IDENTIFY_PROTOCOL = "/ipfs/id/1.0.0";

/** Not started. */
export async function buildLibp2p(
  { options, limits, privateKey }: Libp2pSetup,
  modules: Libp2pModules,
): Promise<Libp2p<Services>> {
  const { listen, behindProxy = [], announce, topics } = options;
  const { places, budget, isRosterPeer, isBanned, admits, gossipStreamOf, clock, log, meter } = modules;
  const pubsub = gossipsub(gossipsubOptions({ topics, ipColocationWeight: limits.ipColocationWeight }));
  const streams = new GossipStreams({ isRosterPeer, streamOf: gossipStreamOf, clock, log });
  const proxied = behindProxy.map((address) => parseAddress(address).toString());
  const gated = new GatedTcp({
    places,
    kindOf: (address) => (proxied.includes(address) ? "behind-proxy" : "direct"),
  });
  const wire = new MeteredWire({
    budget,
    clock,
    turn: (connection) => gated.turn(connection),
    answered: () => ({ protocols: node.getProtocols(), behind: { [IDENTIFY_PROTOCOL]: "nothing" } }),
    asked: (protocol) => ({ protocols: [protocol], behind: { [IDENTIFY_PROTOCOL]: "short frames" } }),
  });
  const node: Libp2p<Services> = await createLibp2p<Services>({
    start: false,
    ...(meter === undefined ? {} : { metrics: meter }),
    privateKey,
    addresses: { listen: [...listen], ...(announce === undefined ? {} : { announce: [...announce] }) },
    transports: [gated.transport()],
    connectionEncrypters: [wire.encrypter()],
    streamMuxers: [wire.muxer()],
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
        const isOfRoster = isRosterPeer(peer.toString());
        if (isOfRoster) gated.authenticated(connection);
        return !admits(peer.toString()) || !(isOfRoster || budget.charge(peer.toString(), CONNECTION_US));
      },
      // Again, when nothing is waited for any more: many may have been authenticated at once.
      denyInboundUpgradedConnection: (peer) => !admits(peer.toString()),
    },
    services: {
      identify: identify(),
      pubsub: ({ privateKey: key, peerId, peerStore, registrar, connectionManager, logger }: GossipComponents) =>
        pubsub({ privateKey: key, peerId, peerStore, registrar: streams.wrap(registrar), connectionManager, logger }),
    },
  });
  await node.handle(PING_PROTOCOL, answerPings, { maxInboundStreams: MAX_PING_STREAMS });
  return node;
}
