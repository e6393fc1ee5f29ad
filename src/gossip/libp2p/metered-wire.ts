/**
 * Noise and yamux, where each frame is paid for before it is deciphered or looked at (docs/protocol.md, 5; decision
 * 0021). Neither has a limit of its own: an open and a reset are 24 bytes and 130 microseconds, a frame of noise
 * without anything in it 18 bytes and 8, and an answer to a ping is written for each.
 *
 * libp2p hands its encrypter a connection, and its muxer what the encrypter made of it; here both are handed taps.
 */
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import type { ConnectionEncrypter, MessageStream, StreamMuxerFactory } from "@libp2p/interface";
import type { Clock } from "../../core/clock.ts";
import type { CostBudget } from "../cost/cost-budget.ts";
import { type FrameKind, FrameRuns } from "./frame-runs.ts";
import { STREAM_LIMITS } from "./libp2p-options.ts";
import { limitNegotiation, NegotiationLimit, type NegotiationRule } from "./negotiation-limit.ts";
import { type Tap, tapped } from "./tapped-stream.ts";
import { Toll, Valve } from "./toll.ts";
import { NOISE_FRAME, YAMUX_FRAME } from "./wire-frames.ts";

export interface MeteredWireModules {
  readonly budget: CostBudget;
  readonly clock: Clock;
  /** Resolves when a connection that came in may be listened to. */
  readonly turn: (connection: MessageStream) => Promise<void>;
  /** What others may open streams for, now. */
  readonly answered: () => NegotiationRule;
  /** Of a stream that this node opens for one protocol. */
  readonly asked: (protocol: string) => NegotiationRule;
}

interface Wire {
  readonly peer: string;
  readonly valve: Valve;
}

export class MeteredWire {
  readonly #modules: MeteredWireModules;
  /** By what a muxer is handed. */
  readonly #wires: WeakMap<MessageStream, Wire> = new WeakMap();

  constructor(modules: MeteredWireModules) {
    this.#modules = modules;
  }

  encrypter(): (components: Parameters<ReturnType<typeof noise>>[0]) => ConnectionEncrypter {
    const create = noise();
    return (components) => {
      const inner: ConnectionEncrypter = create(components);
      return {
        protocol: inner.protocol,
        secureInbound: async (connection, options) => {
          await this.#modules.turn(connection);
          return this.#secured(connection, (tap) => inner.secureInbound(tap, options));
        },
        secureOutbound: (connection, options) => this.#secured(connection, (tap) => inner.secureOutbound(tap, options)),
      };
    };
  }

  muxer(): () => StreamMuxerFactory {
    const inner = yamux(STREAM_LIMITS)();
    const { answered, asked } = this.#modules;
    return () => ({
      protocol: inner.protocol,
      createStreamMuxer: (connection) => {
        const wire = this.#wires.get(connection);
        if (wire === undefined) throw new Error("a connection that was not encrypted here");
        const muxer = inner.createStreamMuxer(this.#metered(connection, wire, YAMUX_FRAME));
        const dispatch = muxer.dispatchEvent.bind(muxer);
        muxer.dispatchEvent = (event) => {
          // Before libp2p listens to the stream.
          if (event.type === "stream") limitNegotiation((event as CustomEvent<MessageStream>).detail, answered());
          return dispatch(event);
        };
        const create = muxer.createStream.bind(muxer);
        muxer.createStream = async (options) => {
          const protocol = options?.protocol;
          // libp2p says which only when there is one. Of several it would be unknown to which the answer is due.
          if (protocol === undefined) throw new Error("a stream is opened for one protocol");
          const stream = await create(options);
          limitNegotiation(stream, asked(protocol));
          return stream;
        };
        return muxer;
      },
    });
  }

  async #secured<T extends Awaited<ReturnType<ConnectionEncrypter["secureInbound"]>>>(
    connection: MessageStream,
    secure: (tap: MessageStream) => Promise<T>,
  ): Promise<T> {
    let take: Tap | undefined;
    let isHandshake = true;
    /** What came behind the handshake, until it is known who pays for it. */
    const early: Parameters<Tap>[] = [];
    const tap = tapped(
      connection,
      (data, deliver) => {
        // A handshake has its own price and its own time (inbound-places.ts).
        if (isHandshake) deliver(data);
        else if (take === undefined) early.push([data, deliver]);
        else take(data, deliver);
      },
      () => (isHandshake = false),
    );
    const secured = await secure(tap);
    const wire = { peer: secured.remotePeer.toString(), valve: new Valve(connection) };
    take = this.#taker(connection, wire, NOISE_FRAME);
    for (const [data, deliver] of early) take(data, deliver);
    const muxed = secured.streamMuxer === undefined ? negotiating(secured.connection) : secured.connection;
    this.#wires.set(muxed, wire);
    return { ...secured, connection: muxed };
  }

  #metered(stream: MessageStream, wire: Wire, kind: FrameKind): MessageStream {
    return tapped(stream, this.#taker(stream, wire, kind));
  }

  #taker(stream: MessageStream, { peer, valve }: Wire, kind: FrameKind): Tap {
    const { budget, clock } = this.#modules;
    const frames = new FrameRuns(kind);
    let handOver: (bytes: Uint8Array) => void = () => {};
    const isOpen = (): boolean => stream.status === "open";
    const toll = new Toll({ peer, budget, clock, valve, isOpen, deliver: (bytes) => handOver(bytes) });
    return (data, deliver) => {
      handOver = deliver;
      try {
        toll.push(frames.push(data));
      } catch (error) {
        stream.abort(error as Error);
      }
    };
  }
}

/** Who does not name its muxer in the handshake names it afterwards. */
function negotiating(stream: MessageStream): MessageStream {
  const limit = new NegotiationLimit([yamux(STREAM_LIMITS)().protocol]);
  return tapped(stream, (data, deliver) => {
    try {
      if (limit.agreed === undefined) limit.push(data);
      deliver(data);
    } catch (error) {
      stream.abort(error as Error);
    }
  });
}
