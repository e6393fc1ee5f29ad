/** Takes what it is sent and does nothing with it: shows what an attack costs the machine when it misses the node. */
import "../../src/gossip/libp2p/polyfill.ts";
import { createServer } from "node:net";
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { identify } from "@libp2p/identify";
import { tcp } from "@libp2p/tcp";
import { createLibp2p } from "libp2p";
import { HEAD_SYNC_PROTOCOL } from "../../src/gossip/sync/sync-frames.ts";
import { drain, GOSSIP_PROTOCOLS } from "./stranger.ts";

export interface SinkWord {
  readonly p2pPort: number;
  readonly peerId: string;
  readonly apiPort: number;
}

process.on("disconnect", () => process.exit(0));
const libp2p = await createLibp2p({
  addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  connectionManager: {
    maxConnections: 10_000,
    maxIncomingPendingConnections: 10_000,
    inboundConnectionThreshold: 10_000,
  },
  services: { identify: identify() },
});
await libp2p.handle([HEAD_SYNC_PROTOCOL, ...GOSSIP_PROTOCOLS], drain, { maxInboundStreams: 10_000 });
const server = createServer((socket) => socket.on("error", () => {}).resume());
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const p2pPort = Number(/\/tcp\/(\d+)/.exec(String(libp2p.getMultiaddrs()[0]))?.[1]);
const apiPort = (server.address() as { port: number }).port;
// Nothing that strangers do ends it.
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});
process.send?.({ p2pPort, peerId: libp2p.peerId.toString(), apiPort } satisfies SinkWord);
