/**
 * Opens gossip streams to all peers at once and hands them to gossipsub when they are open.
 *
 * gossipsub 17 opens them one after the other and gives each as long as libp2p's negotiation may take, 10 s: a dozen
 * strangers that never answer cut everybody who connects after them off for minutes. What upstream could do: not await
 * createOutboundStream in the loop over outboundInflightQueue, or give it a signal. Here gossipsub is told of a peer
 * only once there is a stream, so its queue never waits.
 */
import type { gossipsub } from "@libp2p/gossipsub";
import {
  type Connection,
  type PeerId,
  type Stream,
  type StreamHandler,
  type Topology,
  UnsupportedProtocolError,
} from "@libp2p/interface";
import type { Clock } from "../../core/clock.ts";
import { Deadline } from "../../core/deadline.ts";
import { errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";

/**
 * A stream is one round trip on an open connection. A stranger that takes longer is asked again when it opens one to
 * us.
 */
const STRANGER_TIMEOUT_MS = 5000;
/** A roster peer may be behind a slow link; it is asked again for as long as it is connected. */
const ROSTER_TIMEOUT_MS = 20_000;
const ASK_AGAIN_MS = 1000;
/** gossipsub takes a stream that is handed to it within its next ticks, or has one already. */
const UNUSED_AFTER_MS = 1000;
/** Inbound streams of one protocol on one connection: the one, and one that takes its place. */
const MAX_INBOUND_STREAMS = 2;

/** The published interface by which libp2p tells its services of peers and streams. */
export type GossipComponents = Parameters<ReturnType<typeof gossipsub>>[0];
type Registrar = GossipComponents["registrar"];

export interface GossipStreamsModules {
  readonly isRosterPeer: (peer: string) => boolean;
  /** The inbound stream as gossipsub is to see it. */
  readonly streamOf: (stream: Stream, peer: string) => Stream;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What gossipsub is given in place of libp2p's registrar. */
export class GossipStreams {
  readonly #modules: GossipStreamsModules;
  /** In the order in which gossipsub prefers them. */
  readonly #protocols: string[] = [];
  readonly #opening: Set<string> = new Set();
  readonly #open: Map<string, Stream> = new Map();
  readonly #topologies: Set<Topology> = new Set();

  constructor(modules: GossipStreamsModules) {
    this.#modules = modules;
  }

  wrap(registrar: Registrar): Registrar {
    const wrapped: Pick<Registrar, "handle" | "unhandle" | "register" | "unregister"> = {
      handle: (protocol, handler, options) => {
        this.#protocols.push(protocol);
        return registrar.handle(protocol, this.#handler(handler), {
          ...options,
          maxInboundStreams: MAX_INBOUND_STREAMS,
        });
      },
      unhandle: (protocol, options) => registrar.unhandle(protocol, options),
      register: (protocol, topology) => {
        this.#topologies.add(topology);
        return registrar.register(protocol, {
          ...topology,
          onConnect: (peerId, connection) => this.#connected(peerId, connection),
        });
      },
      unregister: (id) => registrar.unregister(id),
    };
    return wrapped as Registrar;
  }

  #handler(handler: StreamHandler): StreamHandler {
    return (stream, connection) => {
      const { remotePeer } = connection;
      handler(this.#modules.streamOf(stream, remotePeer.toString()), withStream(connection, undefined));
      this.#connected(remotePeer, connection);
    };
  }

  #connected(peerId: PeerId, connection: Connection): void {
    const peer = peerId.toString();
    if (this.#opening.has(peer) || this.#open.get(peer)?.writeStatus === "writable") return;
    this.#opening.add(peer);
    this.#openTo(peerId, connection).finally(() => this.#opening.delete(peer));
  }

  /** Never throws. */
  async #openTo(peerId: PeerId, connection: Connection): Promise<void> {
    const { clock, isRosterPeer, log } = this.#modules;
    const peer = peerId.toString();
    while (connection.status === "open") {
      const isOfRoster = isRosterPeer(peer);
      const deadline = new Deadline(clock, isOfRoster ? ROSTER_TIMEOUT_MS : STRANGER_TIMEOUT_MS);
      try {
        const stream = await this.#newStream(connection, deadline.signal);
        this.#hand(peerId, connection, stream);
        return;
      } catch (error) {
        log.debug({ peer, error: errorMessage(error) }, "no gossip stream to a peer");
        if (!isOfRoster) return;
      } finally {
        deadline.cancel();
      }
      await clock.sleep(ASK_AGAIN_MS);
    }
  }

  /**
   * One after the other: of several that are asked for at once it is unknown which an answer is to (metered-wire.ts).
   */
  async #newStream(connection: Connection, signal: AbortSignal): Promise<Stream> {
    let unsupported: unknown;
    for (const protocol of this.#protocols) {
      try {
        return await connection.newStream(protocol, { signal });
      } catch (error) {
        if (!(error instanceof UnsupportedProtocolError)) throw error;
        unsupported = error;
      }
    }
    throw unsupported;
  }

  #hand(peerId: PeerId, connection: Connection, stream: Stream): void {
    const peer = peerId.toString();
    this.#open.set(peer, stream);
    stream.addEventListener("close", () => {
      if (this.#open.get(peer) === stream) this.#open.delete(peer);
    });
    let isTaken = false;
    const take = (): Stream => {
      isTaken = true;
      return stream;
    };
    for (const topology of this.#topologies) void topology.onConnect?.(peerId, withStream(connection, take));
    void this.#modules.clock.sleep(UNUSED_AFTER_MS).then(() => {
      if (!isTaken) stream.abort(new Error("gossipsub has no use for this stream"));
    });
  }
}

/** The connection, with a new stream that is there already, or with none. */
function withStream(connection: Connection, take: (() => Stream) | undefined): Connection {
  return new Proxy(connection, {
    get(target, property) {
      if (property === "newStream") {
        return async (): Promise<Stream> => {
          if (take === undefined) throw new Error("its gossip stream is being opened");
          return take();
        };
      }
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
