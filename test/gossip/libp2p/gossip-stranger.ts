/** A peer that speaks libp2p as it should and writes what it likes on gossip streams. */
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { identify } from "@libp2p/identify";
import type { Libp2p, Stream, StreamMuxerFactory } from "@libp2p/interface";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { concat, utf8 } from "../../../src/core/bytes.ts";
import { ProtoWriter, varint } from "../../../src/core/wire.ts";
import type { Network } from "../../../src/gossip/network.ts";

export const GOSSIP = "/meshsub/1.1.0";

export interface Stranger {
  readonly node: Libp2p;
  /** Our gossip stream to the victim. */
  readonly stream: Stream;
  readonly peerId: string;
}

/** Connected to the victim, whose gossip streams it takes and does not answer. */
export async function gossipStranger(victim: Network): Promise<Stranger> {
  const node = await strangerNode();
  await node.handle(GOSSIP, () => undefined);
  const connection = await node.dial(victim.addresses().map((address) => multiaddr(address)));
  return { node, stream: await connection.newStream(GOSSIP), peerId: node.peerId.toString() };
}

/**
 * `mute`: streams that are opened to it are never negotiated; `opened` is given them. `nameless`: it has nothing to say
 * to who it is.
 */
export function strangerNode(
  manners: "polite" | "mute" | "nameless" = "polite",
  opened: (stream: Stream) => void = () => undefined,
): Promise<Libp2p> {
  return createLibp2p({
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [manners === "mute" ? () => muteMuxer(opened) : yamux()],
    connectionMonitor: { enabled: false },
    services: { ping: ping(), ...(manners === "nameless" ? {} : { identify: identify() }) },
  });
}

/** Without identify and ping: it speaks no protocol at all until a test gives it one. */
export function bareStranger(): Promise<Libp2p> {
  return createLibp2p({
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  });
}

function muteMuxer(opened: (stream: Stream) => void): StreamMuxerFactory {
  const factory = yamux()();
  return {
    protocol: factory.protocol,
    createStreamMuxer(connection) {
      const muxer = factory.createStreamMuxer(connection);
      const listen = muxer.addEventListener.bind(muxer);
      muxer.addEventListener = ((type: "stream", listener: () => void) =>
        listen(type, type === "stream" ? ({ detail }) => opened(detail) : listener)) as typeof muxer.addEventListener;
      return muxer;
    },
  };
}

export function rpc(...fields: Uint8Array[]): Uint8Array {
  const body = concat(...fields);
  return concat(varint(body.length), body);
}

export function subscription(topic: string): Uint8Array {
  return new ProtoWriter().element(1, new ProtoWriter().uint(1, 1).string(2, topic).finish()).finish();
}

export function message(topic: string, data: Uint8Array | string): Uint8Array {
  const bytes = typeof data === "string" ? utf8(data) : data;
  return new ProtoWriter().element(2, new ProtoWriter().bytes(2, bytes).string(4, topic).finish()).finish();
}

/** IHAVE of so many message ids. */
export function ihave(topic: string, count: number): Uint8Array {
  const entry = new ProtoWriter().string(1, topic);
  for (let i = 0; i < count; i++) entry.element(2, Uint8Array.of(i & 255, (i >> 8) & 255, i >> 16));
  return new ProtoWriter().element(3, new ProtoWriter().element(1, entry.finish()).finish()).finish();
}
