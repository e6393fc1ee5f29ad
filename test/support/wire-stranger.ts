/** A peer that speaks libp2p as it should, and says what it likes below its streams: yamux frames, byte by byte. */
import "../../src/gossip/libp2p/polyfill.ts";
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { identify } from "@libp2p/identify";
import type { Connection, MessageStream, StreamMuxer, StreamMuxerFactory } from "@libp2p/interface";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p } from "libp2p";

/** Of yamux: types and flags of its frames. */
export const YAMUX = {
  data: 0,
  windowUpdate: 1,
  ping: 2,
  goAway: 3,
  syn: 1,
  ack: 2,
  fin: 4,
  rst: 8,
} as const;

export const HEADER_BYTES = 12;

export interface YamuxHeader {
  readonly type: number;
  readonly flags?: number;
  readonly stream: number;
  /** Of a data frame: how long it says it is. */
  readonly length?: number;
}

/** A header and what is behind it. */
export function yamuxFrame(
  { type, flags = 0, stream, length }: YamuxHeader,
  body: Uint8Array = new Uint8Array(),
): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + body.length);
  const view = new DataView(frame.buffer);
  view.setUint8(1, type);
  view.setUint16(2, flags);
  view.setUint32(4, stream);
  view.setUint32(8, length ?? body.length);
  frame.set(body, HEADER_BYTES);
  return frame;
}

/** The first stream that a raw frame opens: far above those that libp2p opens by itself. */
const FIRST_RAW_STREAM = 1_000_001;

export class WireStranger {
  readonly node: Libp2p;
  readonly connection: Connection;
  readonly #wire: MessageStream;
  readonly #muxer: ReadingMuxer;
  #nextStream = FIRST_RAW_STREAM;
  #heardBytes = 0;

  private constructor(node: Libp2p, connection: Connection, wire: Wire) {
    this.node = node;
    this.connection = connection;
    this.#wire = wire.connection;
    this.#muxer = wire.muxer;
  }

  /** `from`: an address of this machine that it comes from. */
  static async connect(
    addresses: readonly string[],
    { signal, from }: { readonly signal?: AbortSignal; readonly from?: string } = {},
  ): Promise<WireStranger> {
    let wire: Wire | undefined;
    const node = await createLibp2p({
      addresses: { listen: [] },
      transports: [tcp(from === undefined ? {} : { dialOpts: { localAddress: from } as object })],
      connectionEncrypters: [noise()],
      streamMuxers: [() => tapped((made) => (wire = made))],
      connectionMonitor: { enabled: false },
      connectionGater: { denyDialMultiaddr: () => false },
      services: { identify: identify(), ping: ping() },
    });
    try {
      const connection = await node.dial(
        addresses.map((address) => multiaddr(address)),
        signal === undefined ? {} : { signal },
      );
      if (wire === undefined) throw new Error("no muxer was made");
      return new WireStranger(node, connection, wire);
    } catch (error) {
      await node.stop();
      throw error;
    }
  }

  get isConnected(): boolean {
    return this.connection.status === "open";
  }

  /** A number for a stream that a raw frame is to open. */
  freshStream(): number {
    this.#nextStream += 2;
    return this.#nextStream;
  }

  /** From now on what comes is counted only: answers to frames that yamux never sent would end the connection. */
  deafen(): void {
    this.#muxer.onData = ({ byteLength }) => {
      this.#heardBytes += byteLength;
    };
  }

  /** Since it was deafened. */
  get heardBytes(): number {
    return this.#heardBytes;
  }

  /** Bytes for the other side's muxer, in noise frames of at most 64 KiB. Resolves when the socket has taken them. */
  async send(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    if (this.#wire.status !== "open") throw new Error("the connection is gone");
    if (!this.#wire.send(bytes)) await this.#wire.onDrain(signal === undefined ? {} : { signal });
  }

  /** The same bytes, each in a noise frame of its own. */
  async sendOneByOne(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    for (const byte of bytes) await this.send(Uint8Array.of(byte), signal);
  }

  async stop(): Promise<void> {
    await this.node.stop();
  }
}

interface ReadingMuxer {
  onData(data: { readonly byteLength: number }): void;
}

interface Wire {
  readonly connection: MessageStream;
  readonly muxer: ReadingMuxer;
}

function tapped(onWire: (wire: Wire) => void): StreamMuxerFactory {
  const factory = yamux()();
  return {
    protocol: factory.protocol,
    createStreamMuxer(connection) {
      const muxer = factory.createStreamMuxer(connection);
      onWire({ connection, muxer: muxer as StreamMuxer & ReadingMuxer });
      return muxer;
    },
  };
}
