/** A libp2p identity that nobody knows: real TCP, noise and yamux, and streams on which it sends what it likes. */
import "../../src/gossip/libp2p/polyfill.ts";
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { identify } from "@libp2p/identify";
import type { Connection, Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p } from "libp2p";
import type { AttackContext } from "./attack.ts";
import { again } from "./pause.ts";
import { sourceOf } from "./raw-sockets.ts";

type Muxer = ReturnType<typeof yamux>;

export const GOSSIP_PROTOCOLS: readonly string[] = ["/meshsub/1.2.0", "/meshsub/1.1.0"];

export interface StrangerOptions {
  /** The protocols that it claims to speak, and what it does with streams that the node opens. */
  readonly handles?: Readonly<Record<string, (stream: Stream) => void>>;
  /** Answers only the first negotiation, which is identify's. */
  readonly isMute?: boolean;
}

export class Stranger {
  readonly #libp2p: Libp2p;
  readonly #context: AttackContext;
  readonly connection: Connection;

  private constructor(libp2p: Libp2p, connection: Connection, context: AttackContext) {
    this.#libp2p = libp2p;
    this.connection = connection;
    this.#context = context;
  }

  static async connect(context: AttackContext, from: string, options: StrangerOptions = {}): Promise<Stranger> {
    const { target, signal, tally } = context;
    const libp2p = await createLibp2p({
      addresses: { listen: [] },
      transports: [tcp({ dialOpts: { localAddress: from } as object })],
      connectionEncrypters: [noise()],
      streamMuxers: [options.isMute === true ? muteMuxer() : yamux()],
      connectionMonitor: { enabled: false },
      connectionGater: { denyDialMultiaddr: () => false },
      services: { identify: identify() },
    });
    for (const [protocol, handle] of Object.entries(options.handles ?? {})) {
      await libp2p.handle(protocol, handle, { maxInboundStreams: 1_000 });
    }
    try {
      const address = multiaddr(`/ip4/127.0.0.1/tcp/${target.p2pPort}/p2p/${target.peerId}`);
      const connection = await libp2p.dial(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) });
      tally.connections++;
      return new Stranger(libp2p, connection, context);
    } catch (error) {
      await libp2p.stop();
      throw error;
    }
  }

  open(protocols: string | readonly string[]): Promise<Stream> {
    const list = typeof protocols === "string" ? [protocols] : [...protocols];
    return this.connection.newStream(list, { signal: this.#deadline(), maxOutboundStreams: 1_000 });
  }

  /** Resolves when the node has taken it; throws when the stream is gone. */
  async send(stream: Stream, bytes: Uint8Array): Promise<void> {
    if (stream.status !== "open") throw new Error("the stream is gone");
    this.#context.tally.units++;
    this.#context.tally.bytes += bytes.length;
    if (!stream.send(bytes)) await stream.onDrain({ signal: this.#deadline() });
  }

  /** Until the node hangs up or the attack ends. */
  async stay(): Promise<void> {
    const { signal } = this.#context;
    await new Promise<void>((resolve) => {
      this.connection.addEventListener("close", () => resolve());
      signal.addEventListener("abort", () => resolve(), { once: true });
      if (this.connection.status !== "open" || signal.aborted) resolve();
    });
  }

  async leave(): Promise<void> {
    await this.#libp2p.stop();
  }

  #deadline(): AbortSignal {
    return AbortSignal.any([this.#context.signal, AbortSignal.timeout(30_000)]);
  }
}

/** `count` strangers; each takes a new identity whenever it is hung up on. */
export async function strangers(
  context: AttackContext,
  options: StrangerOptions,
  live: (stranger: Stranger) => Promise<void>,
): Promise<void> {
  const one = (_: unknown, index: number): Promise<void> =>
    again(context.signal, async () => {
      const stranger = await Stranger.connect(context, sourceOf(index), options);
      try {
        await live(stranger);
      } finally {
        await stranger.leave();
      }
    });
  await Promise.all(Array.from({ length: context.strangers }, one));
}

/** Reads everything and drops it. */
export function drain(stream: Stream): void {
  stream.addEventListener("message", () => {});
  stream.resume();
}

/** Lets one incoming stream through and never looks at the others. */
function muteMuxer(): Muxer {
  const make = yamux();
  return () => {
    const factory = make();
    return {
      ...factory,
      createStreamMuxer(connection) {
        const muxer = factory.createStreamMuxer(connection);
        const dispatch = muxer.dispatchEvent.bind(muxer);
        let streams = 0;
        muxer.dispatchEvent = (event) => (event.type === "stream" && ++streams > 1 ? true : dispatch(event));
        return muxer;
      },
    };
  };
}
