/** Lengths that libp2p itself reads byte by byte: before anybody is authenticated, and on every stream. */
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import type { Stream } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { afterEach, describe, expect, it } from "vitest";
import { concat } from "../../../src/core/bytes.ts";
import { silentLogger } from "../../../src/core/log.ts";
import { createLibp2pNetwork } from "../../../src/gossip/libp2p/libp2p-network.ts";
import { NegotiationLimit } from "../../../src/gossip/libp2p/negotiation-limit.ts";
import type { Network } from "../../../src/gossip/network.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { costBudget } from "../../support/budgets.ts";
import { WireStranger, YAMUX, yamuxFrame } from "../../support/wire-stranger.ts";
import { aWhile, eventually } from "../network-contract.ts";
import { GOSSIP, strangerNode } from "./gossip-stranger.ts";

/** 2^62 in nine bytes. What follows was looked at byte by byte, 15 us each, before anything else had its turn. */
const LENGTH_OF_NINE_BYTES = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40);

const IDENTIFY = "/ipfs/id/1.0.0";

/** As multistream-select frames a name; `\xA0` is that one byte, which is no UTF-8. */
function named(...names: readonly string[]): Uint8Array {
  return concat(...names.map((name) => Uint8Array.of(name.length, ...Buffer.from(name, "latin1"))));
}
const MSS = "/multistream/1.0.0\n";

const NEVER: AbortSignal = new AbortController().signal;

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

interface Wire {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
}

async function connectTo(port: number): Promise<Wire> {
  const socket = createConnection(port, "127.0.0.1");
  socket.on("error", () => undefined);
  // What the node says has to be read, or its end is never seen.
  socket.resume();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await new Promise((resolve) => socket.once("connect", resolve));
  stops.push(async () => socket.destroy());
  return { socket, closed };
}

async function victim(): Promise<Network> {
  const network = await createLibp2pNetwork(
    { privateKey: new Uint8Array(32).fill(1), listen: ["/ip4/127.0.0.1/tcp/0"], topics: [] },
    { clock: systemClock, log: silentLogger },
  );
  await network.start(costBudget());
  stops.push(() => network.stop());
  return network;
}

describe("a connection before its handshake", () => {
  it("is closed at once over a length that no protocol's name has, before one that came earlier and says nothing", async () => {
    const network = await victim();
    const port = Number(/\/tcp\/(\d+)/.exec(network.addresses()[0] ?? "")?.[1]);
    const [silent, wrong] = [await connectTo(port), await connectTo(port)];
    // Nothing follows: libp2p alone waits for it, and both end when the time for the handshake is over.
    wrong.socket.write(LENGTH_OF_NINE_BYTES);
    const first = await Promise.race([silent.closed.then(() => "silent"), wrong.closed.then(() => "wrong")]);
    expect(first).toBe("wrong");
  });

  it("is so behind what only looks like the name of a protocol", async () => {
    const network = await victim();
    const port = Number(/\/tcp\/(\d+)/.exec(network.addresses()[0] ?? "")?.[1]);
    const silent = await connectTo(port);
    await aWhile();
    const wrong = await connectTo(port);
    wrong.socket.write(concat(named(MSS, "/noise\xA0\n"), LENGTH_OF_NINE_BYTES));
    const first = await Promise.race([silent.closed.then(() => "silent"), wrong.closed.then(() => "wrong")]);
    expect(first).toBe("wrong");
  });

  it("is so by a node that dialed it, whoever it is", async () => {
    const network = await victim();
    const dialed: string[] = [];
    const ended: string[] = [];
    const dials: Promise<unknown>[] = [];
    for (const answer of ["silence", "length"]) {
      const server = createServer((socket) => {
        socket.on("error", () => undefined).on("close", () => ended.push(answer));
        socket.resume();
        dialed.push(answer);
        if (answer === "length") socket.write(LENGTH_OF_NINE_BYTES);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      stops.push(() => new Promise((resolve) => server.close(resolve)));
      const { port } = server.address() as AddressInfo;
      dials.push(network.dial([`/ip4/127.0.0.1/tcp/${port}`], NEVER).catch(() => undefined));
      await eventually(() => dialed.includes(answer));
    }
    await eventually(() => ended.length > 0);
    expect(ended[0]).toBe("length");
    await network.stop();
    await Promise.all(dials);
  });
});

describe("a stream", () => {
  it("that a peer opens is reset over such a length, before one that says nothing", async () => {
    const network = await victim();
    const stranger = await WireStranger.connect(network.addresses());
    stops.push(() => stranger.stop());
    stranger.deafen();
    const open = { type: YAMUX.data, flags: YAMUX.syn, stream: stranger.freshStream() };
    await stranger.send(yamuxFrame(open, LENGTH_OF_NINE_BYTES));
    // The answer is a frame that resets it.
    await eventually(() => stranger.heardBytes > 0);
  });

  it("that a peer opens is reset over one behind what only looks like a protocol's name", () => {
    const limit = new NegotiationLimit([IDENTIFY]);
    limit.push(named(MSS, `${IDENTIFY}\xA0\n`));
    expect(limit.agreed).toBeUndefined();
    expect(() => limit.push(LENGTH_OF_NINE_BYTES)).toThrow("a name of more than 256 bytes");
  });

  it("that the node opens ends over one behind a protocol that it did not ask for, though it speaks it", async () => {
    const network = await victim();
    const ended: string[] = [];
    const asked: string[] = [];
    for (const answer of ["silence", "length"]) {
      const peer = await strangerNode("mute", (stream) => {
        stream.addEventListener("message", ({ data }) => {
          // Of which there are several.
          if (asked.includes(answer) || !Buffer.from(data.subarray()).includes("/meshsub/")) return;
          asked.push(answer);
          stream.addEventListener("close", () => ended.push(answer));
          if (answer === "length") stream.send(concat(named(MSS, "/ipfs/ping/1.0.0\n"), LENGTH_OF_NINE_BYTES));
        });
      });
      stops.push(async () => peer.stop());
      const connection = await peer.dial(multiaddr(network.addresses()[0]));
      await connection.newStream(GOSSIP);
      await eventually(() => asked.includes(answer));
    }
    await eventually(() => ended.length > 0);
    expect(ended[0]).toBe("length");
  });

  it("on which the node asks who a peer is ends over such a length in the answer, before one without an answer", async () => {
    const network = await victim();
    const ended: string[] = [];
    for (const answer of ["silence", "length"]) {
      const peer = await strangerNode("nameless");
      stops.push(async () => peer.stop());
      const onEnd = (): unknown => ended.push(answer);
      await peer.handle(IDENTIFY, (stream: Stream) => {
        stream.addEventListener("close", onEnd);
        if (answer === "length") stream.send(LENGTH_OF_NINE_BYTES);
      });
      await peer.dial(multiaddr(network.addresses()[0]));
    }
    await eventually(() => ended.length > 0);
    expect(ended[0]).toBe("length");
  });
});
