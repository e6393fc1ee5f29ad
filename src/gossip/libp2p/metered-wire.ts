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
import { tapped } from "./tapped-stream.ts";
import { Toll, Valve } from "./toll.ts";
import { NOISE_FRAME, YAMUX_FRAME } from "./wire-frames.ts";

export interface MeteredWireModules {
  readonly budget: CostBudget;
  readonly clock: Clock;
  /** What streams may be opened for, now: by others, and by this node. */
  readonly negotiation: (opened: "by others" | "here") => NegotiationRule;
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
        secureInbound: (connection, options) => this.#secured(connection, (tap) => inner.secureInbound(tap, options)),
        secureOutbound: (connection, options) => this.#secured(connection, (tap) => inner.secureOutbound(tap, options)),
      };
    };
  }

  muxer(): () => StreamMuxerFactory {
    const inner = yamux(STREAM_LIMITS)();
    const { negotiation } = this.#modules;
    return () => ({
      protocol: inner.protocol,
      createStreamMuxer: (connection) => {
        const wire = this.#wires.get(connection);
        if (wire === undefined) throw new Error("a connection that was not encrypted here");
        const muxer = inner.createStreamMuxer(this.#metered(connection, wire, YAMUX_FRAME));
        const dispatch = muxer.dispatchEvent.bind(muxer);
        muxer.dispatchEvent = (event) => {
          // Before libp2p listens to the stream.
          if (event.type === "stream") {
            limitNegotiation((event as CustomEvent<MessageStream>).detail, negotiation("by others"));
          }
          return dispatch(event);
        };
        const create = muxer.createStream.bind(muxer);
        muxer.createStream = async (options) => {
          const stream = await create(options);
          const { protocols, ...rule } = negotiation("here");
          // The one that is asked for, where it is one; a node may ask what it does not answer.
          limitNegotiation(stream, { ...rule, protocols: [...protocols, options?.protocol ?? ""] });
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
    let take: ((data: Uint8Array, deliver: (bytes: Uint8Array) => void) => void) | undefined;
    // A handshake has its own price and its own time (inbound-places.ts).
    const tap = tapped(connection, (data, deliver) => (take === undefined ? deliver(data) : take(data, deliver)));
    const secured = await secure(tap);
    const wire = { peer: secured.remotePeer.toString(), valve: new Valve(connection) };
    take = this.#taker(connection, wire, NOISE_FRAME);
    const muxed = secured.streamMuxer === undefined ? negotiating(secured.connection) : secured.connection;
    this.#wires.set(muxed, wire);
    return { ...secured, connection: muxed };
  }

  #metered(stream: MessageStream, wire: Wire, kind: FrameKind): MessageStream {
    return tapped(stream, this.#taker(stream, wire, kind));
  }

  #taker(
    stream: MessageStream,
    { peer, valve }: Wire,
    kind: FrameKind,
  ): (data: Uint8Array, deliver: (bytes: Uint8Array) => void) => void {
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
