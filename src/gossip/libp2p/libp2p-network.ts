/** The Network port over libp2p: TCP, noise, yamux, gossipsub. */
import "./polyfill.ts";
import { TopicValidatorResult } from "@libp2p/gossipsub";
import type { Libp2p, PeerId, PrivateKey } from "@libp2p/interface";
import { peerIdFromPrivateKey, peerIdFromString } from "@libp2p/peer-id";
import { compareText } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { CoauditError, errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import { parseAddress } from "../address.ts";
import type { CostBudget } from "../cost/cost-budget.ts";
import {
  checkMessage,
  checkTopic,
  type Network,
  type PeerListener,
  type RequestAnswers,
  type RequestHandler,
  type TopicHandler,
  type Verdict,
} from "../network.ts";
import { ConnectionPulse } from "./connection-pulse.ts";
import { GossipIntake } from "./gossip-intake.ts";
import { type GossipInternals, gossipInternals, keepsTermsBySteadyClock } from "./gossip-internals.ts";
import { GRAYLIST_SCORE } from "./gossip-policy.ts";
import { InboundPlaces } from "./inbound-places.ts";
import { buildLibp2p, type Libp2pMeter, type Services } from "./libp2p-node.ts";
import {
  DEFAULT_NETWORK_LIMITS,
  type Libp2pNetworkOptions,
  type NetworkLimits,
  type TopicHandlers,
} from "./libp2p-options.ts";
import { keyOfSeed } from "./network-key.ts";
import { PeerGuard } from "./peer-guard.ts";
import { RequestServer } from "./request-server.ts";
import { RosterSources, systemResolver } from "./roster-sources.ts";

export interface Libp2pNetworkModules {
  readonly clock: Clock;
  readonly log: Logger;
  /** Default: nothing is measured. */
  readonly meter?: Libp2pMeter;
}

/** Throws KEY_INVALID for a seed of another size, NETWORK_UNSUITABLE if gossipsub lacks what the budgets need. */
export async function createLibp2pNetwork(
  options: Libp2pNetworkOptions,
  modules: Libp2pNetworkModules,
): Promise<Network> {
  const limits = { ...DEFAULT_NETWORK_LIMITS, ...options.limits };
  const privateKey = await keyOfSeed(options.privateKey);
  return new Libp2pNetwork({ options, limits, privateKey }, modules);
}

const VERDICTS: Readonly<Record<Verdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};

class Libp2pNetwork implements Network {
  readonly peerId: string;
  readonly #options: Libp2pNetworkOptions;
  readonly #limits: NetworkLimits;
  readonly #privateKey: PrivateKey;
  readonly #modules: Libp2pNetworkModules;
  readonly #guard: PeerGuard;
  readonly #pulse: ConnectionPulse;
  readonly #requests: RequestServer;
  readonly #topicHandlers: TopicHandlers = new Map();
  readonly #answers: Map<string, RequestAnswers> = new Map();
  readonly #listeners: Set<PeerListener> = new Set();
  #node: Libp2p<Services> | undefined;
  readonly #rosterSources: RosterSources;
  #intake: GossipIntake | undefined;

  constructor(
    setup: { options: Libp2pNetworkOptions; limits: NetworkLimits; privateKey: PrivateKey },
    modules: Libp2pNetworkModules,
  ) {
    this.#options = setup.options;
    this.#limits = setup.limits;
    this.#privateKey = setup.privateKey;
    this.#modules = modules;
    this.#guard = new PeerGuard(setup.limits, modules);
    this.#rosterSources = new RosterSources({ ...modules, resolve: systemResolver });
    this.#pulse = new ConnectionPulse(setup.limits, modules);
    this.#requests = new RequestServer(setup.limits, {
      ...modules,
      isRosterPeer: (peer) => this.#guard.isProtected(peer),
    });
    this.peerId = peerIdFromPrivateKey(setup.privateKey).toString();
  }

  addresses(): string[] {
    return (this.#node?.getMultiaddrs() ?? []).map(String);
  }

  subscribe(topic: string, handler: TopicHandler): void {
    checkTopic(topic, this.#options.topics);
    this.#topicHandlers.set(topic, handler);
    if (this.#node !== undefined) this.#subscribe(this.#node, topic, handler);
  }

  async publish(topic: string, data: Uint8Array): Promise<void> {
    checkTopic(topic, this.#options.topics);
    checkMessage(topic, data);
    await this.#started("publish").services.pubsub.publish(topic, data);
  }

  handle(protocol: string, handler: RequestHandler, busy?: Uint8Array): void {
    const answers = { handler, busy };
    this.#answers.set(protocol, answers);
    if (this.#node === undefined) return;
    this.#handle(this.#node, protocol, answers).catch((error: unknown) => {
      this.#modules.log.error({ protocol, error: errorMessage(error) }, "a protocol could not be handled");
    });
  }

  async request(peer: string, protocol: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const connections = this.#started("request").getConnections(peerIdFromString(peer));
    const connection = connections.find((candidate) => candidate.status === "open");
    if (connection === undefined) {
      throw new CoauditError("REQUEST_PEER_UNREACHABLE", `${peer} is not connected`, { peer, protocol });
    }
    return this.#requests.ask(connection, protocol, request, signal);
  }

  async dial(addresses: readonly string[], signal: AbortSignal): Promise<string> {
    const node = this.#started("dial");
    const targets = addresses.map(parseAddress);
    try {
      return (await node.dial(targets, { signal })).remotePeer.toString();
    } catch (cause) {
      const shown = addresses.join(", ");
      throw new CoauditError(
        "NETWORK_DIAL_FAILED",
        `no connection to ${shown}: ${errorMessage(cause)}`,
        { addresses: [...addresses] },
        { cause },
      );
    }
  }

  peers(): string[] {
    return (this.#node?.getPeers() ?? []).map(String).sort(compareText);
  }

  onPeer(listener: PeerListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  protect(peer: string, addresses: readonly string[] = []): () => void {
    const ends = [this.#guard.protect(peer), this.#rosterSources.add(addresses)];
    return () => {
      for (const end of ends) end();
      this.#makeRoom(peer);
    };
  }

  async start(budget: CostBudget): Promise<void> {
    for (const address of [...this.#options.listen, ...(this.#options.announce ?? [])]) parseAddress(address);
    const isRosterSource = (host: string): boolean => this.#rosterSources.has(host);
    const places = new InboundPlaces({ ...this.#modules, budget, isRosterSource });
    const node = await buildLibp2p(
      { options: this.#options, limits: this.#limits, privateKey: this.#privateKey },
      {
        ...this.#modules,
        places,
        budget,
        isRosterPeer: (peer) => this.#guard.isProtected(peer),
        isBanned: (peer) => this.#guard.isBanned(peer),
        admits: (peer) => this.#admits(peer),
        gossipStreamOf: (stream, peer) => this.#intake?.streamOf(stream, peer) ?? stream,
      },
    );
    const internals = gossipInternals(node.services.pubsub);
    if (!keepsTermsBySteadyClock(node.services.pubsub)) {
      this.#modules.log.warn(
        { package: "@libp2p/gossipsub" },
        "gossipsub is not patched here: after this machine's clock is set back or ahead, gossip may stand still until a restart. Keep the clock in step, or run a checkout installed with `npm ci`",
      );
    }
    this.#intake = new GossipIntake({ ...this.#modules, internals, budget });
    node.addEventListener("peer:connect", (event) => this.#notify(event.detail.toString(), "connect"));
    node.addEventListener("peer:disconnect", (event) => this.#notify(event.detail.toString(), "disconnect"));
    node.addEventListener("connection:close", (event) => this.#startAfresh(node, event.detail.remotePeer));
    node.services.pubsub.addEventListener("gossipsub:heartbeat", () => this.#hangUpOnGraylisted(node, internals));
    for (const [protocol, answers] of this.#answers) await this.#handle(node, protocol, answers);
    try {
      await node.start();
    } catch (cause) {
      await node.stop();
      const shown = this.#options.listen.join(", ");
      throw new CoauditError(
        "NETWORK_LISTEN_FAILED",
        `cannot listen at ${shown}: ${listenFailure(cause)}`,
        { addresses: [...this.#options.listen] },
        { cause },
      );
    }
    this.#node = node;
    void this.#rosterSources.run();
    void this.#pulse.run(node);
    for (const [topic, handler] of this.#topicHandlers) this.#subscribe(node, topic, handler);
  }

  async stop(): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    this.#requests.stop();
    this.#rosterSources.stop();
    this.#pulse.stop();
    await node?.stop();
  }

  #admits(peer: string): boolean {
    const connected = (this.#node?.getConnections() ?? []).map((connection) => connection.remotePeer.toString());
    const ofThisPeer = connected.filter((other) => other === peer).length;
    return this.#guard.admits(peer, { ofThisPeer, strangers: this.#strangers() });
  }

  #strangers(): number {
    return this.peers().filter((peer) => !this.#guard.isProtected(peer)).length;
  }

  /**
   * Who was a roster peer stays if strangers have a place. [an auditor that renames itself leaves a connection each]
   */
  #makeRoom(peer: string): void {
    if (this.#node === undefined || this.#guard.isProtected(peer) || !this.peers().includes(peer)) return;
    if (this.#strangers() > this.#limits.maxStrangers) this.#hangUp(this.#node, peerIdFromString(peer));
  }

  #subscribe(node: Libp2p<Services>, topic: string, handler: TopicHandler): void {
    const { pubsub } = node.services;
    pubsub.topicValidators.set(topic, async (from, message) => {
      try {
        const spend = (costUs: number): void => this.#intake?.spent(message.data, costUs);
        return VERDICTS[await handler(new Uint8Array(message.data), from.toString(), spend)];
      } catch (error) {
        this.#modules.log.error(
          { topic, error: errorMessage(error) },
          "a topic handler failed; the message is ignored",
        );
        return TopicValidatorResult.Ignore;
      }
    });
    pubsub.subscribe(topic);
  }

  async #handle(node: Libp2p<Services>, protocol: string, answers: RequestAnswers): Promise<void> {
    await node.handle(
      protocol,
      (stream, connection) => this.#requests.answer(answers, stream, connection.remotePeer.toString()),
      {
        // Counted per connection by libp2p, per peer by RequestServer.
        maxInboundStreams: this.#limits.maxStreamsPerPeer,
        force: true,
      },
    );
  }

  /**
   * Two nodes that dial each other have two connections, with one gossip stream on each. When one connection ends,
   * gossipsub never reopens its stream on the other one and stays deaf or dumb towards the peer (measured in both
   * directions). So the other one ends too.
   */
  #startAfresh(node: Libp2p<Services>, peerId: PeerId): void {
    if (this.#node === undefined || node.getConnections(peerId).length === 0) return;
    this.#modules.log.debug({ peer: peerId.toString() }, "one of several connections ended; reconnecting");
    this.#hangUp(node, peerId);
  }

  #hangUp(node: Libp2p<Services>, peerId: PeerId): void {
    node.hangUp(peerId).catch((error: unknown) => {
      this.#modules.log.debug({ peer: peerId.toString(), error: errorMessage(error) }, "disconnecting failed");
    });
  }

  #hangUpOnGraylisted(node: Libp2p<Services>, internals: GossipInternals): void {
    for (const peerId of node.getPeers()) {
      const peer = peerId.toString();
      if (internals.getScore(peer) >= GRAYLIST_SCORE) continue;
      this.#guard.ban(peer);
      // A stranger's new id costs it nothing, and would be another line.
      const level = this.#guard.isProtected(peer) ? "warn" : "debug";
      this.#modules.log[level](
        { peer, banMs: this.#limits.banMs },
        "disconnecting a peer that keeps sending invalid messages",
      );
      this.#hangUp(node, peerId);
    }
  }

  #notify(peer: string, event: "connect" | "disconnect"): void {
    for (const listener of [...this.#listeners]) listener(peer, event);
  }

  #started(operation: string): Libp2p<Services> {
    if (this.#node === undefined) {
      throw new CoauditError(
        "NETWORK_NOT_STARTED",
        `the network is not running: no ${operation} before start or after stop`,
        { operation },
      );
    }
    return this.#node;
  }
}

/** libp2p's message is a page with a stack trace; it contains the system's error. */
function listenFailure(cause: unknown): string {
  const message = errorMessage(cause);
  if (message.includes("EADDRINUSE")) return "the address is in use; stop the other program or change `listen`";
  return /listen (E[A-Z]+: [^\n]*)/.exec(message)?.[1] ?? message;
}
