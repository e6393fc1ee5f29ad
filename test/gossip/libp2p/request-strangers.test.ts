/** What strangers can do to those who answer requests, over real sockets: streams, lengths, places. */
import type { Connection, Libp2p, Stream } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { afterEach, describe, expect, it } from "vitest";
import type { Clock } from "../../../src/core/clock.ts";
import { silentLogger } from "../../../src/core/log.ts";
import { createLibp2pNetwork } from "../../../src/gossip/libp2p/libp2p-network.ts";
import type { NetworkLimits } from "../../../src/gossip/libp2p/libp2p-options.ts";
import type { Network } from "../../../src/gossip/network.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { costBudget } from "../../support/budgets.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { bytes, eventually, TOPIC } from "../network-contract.ts";
import { bareStranger } from "./gossip-stranger.ts";

const PROTOCOL = "/coaudit/test/1";
const NEVER: AbortSignal = new AbortController().signal;
const BUSY = bytes("busy");
/** 2^62 in nine bytes, and zeros: what was read again from its start with every chunk. */
const LENGTH_OF_NINE_BYTES = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40);

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function node(index: number, limits: Partial<NetworkLimits> = {}, clock: Clock = systemClock): Promise<Network> {
  const network = await createLibp2pNetwork(
    { privateKey: new Uint8Array(32).fill(index), listen: ["/ip4/127.0.0.1/tcp/0"], topics: [TOPIC], limits },
    { clock, log: silentLogger },
  );
  await network.start(costBudget());
  stops.push(() => network.stop());
  return network;
}

/** A host that answers what it was asked, and holds back its answers to requests that begin with 1 until it is told. */
async function host(
  limits: Partial<NetworkLimits> = {},
  clock: Clock = systemClock,
): Promise<{ network: Network; held: (() => void)[]; asked: Uint8Array[] }> {
  const network = await node(1, limits, clock);
  const held: (() => void)[] = [];
  const asked: Uint8Array[] = [];
  network.handle(
    PROTOCOL,
    async (request) => {
      asked.push(request);
      if (request[0] === 1) await new Promise<void>((resolve) => held.push(resolve));
      return request;
    },
    BUSY,
  );
  return { network, held, asked };
}

async function stranger(): Promise<Libp2p> {
  const peer = await bareStranger();
  stops.push(async () => peer.stop());
  return peer;
}

async function strangerAt(network: Network): Promise<Connection> {
  return (await stranger()).dial(network.addresses().map((address) => multiaddr(address)));
}

/** Several connections of one peer. */
async function friendOf(network: Network, index: number): Promise<Network> {
  const friend = await node(index);
  network.protect(friend.peerId);
  await friend.dial(network.addresses(), NEVER);
  await eventually(() => network.peers().includes(friend.peerId));
  return friend;
}

function ended(stream: Stream): Promise<string> {
  return new Promise((resolve) => {
    if (stream.status !== "open") resolve(stream.status);
    else stream.addEventListener("close", () => resolve(stream.status));
  });
}

/** All bytes that come until the other side has nothing more to say. */
async function answerOn(stream: Stream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk instanceof Uint8Array ? chunk : chunk.subarray());
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

describe("requests among strangers", () => {
  it("resets a stream at the third byte of a length that has more, and reads nothing behind it", async () => {
    const { network, asked } = await host();
    const connection = await strangerAt(network);
    const stream = await connection.newStream(PROTOCOL);
    stream.send(LENGTH_OF_NINE_BYTES);
    expect(await ended(stream)).toBe("reset");
    expect(asked).toEqual([]);
  });

  it("refuses an answer whose length has nine bytes as it refuses such a request", async () => {
    const asker = await node(1);
    const peer = await stranger();
    await peer.handle(PROTOCOL, (stream) => {
      stream.send(LENGTH_OF_NINE_BYTES);
    });
    const id = await asker.dial(peer.getMultiaddrs().map(String), NEVER);
    await expect(asker.request(id, PROTOCOL, bytes("x"), NEVER)).rejects.toMatchObject({ code: "FRAME_MALFORMED" });
  });

  it("resets a stream on which a second frame comes, in the same write or while the first is answered", async () => {
    const { network, held } = await host();
    const connection = await strangerAt(network);
    const atOnce = await connection.newStream(PROTOCOL);
    atOnce.send(Uint8Array.of(1, 7, 1, 7));
    expect(await ended(atOnce)).toBe("reset");
    const later = await connection.newStream(PROTOCOL);
    later.send(Uint8Array.of(1, 1));
    await eventually(() => held.length > 0);
    later.send(Uint8Array.of(1, 7));
    expect(await ended(later)).toBe("reset");
    for (const go of held) go();
  });

  it("refuses an answer behind which another one comes", async () => {
    const asker = await node(1);
    const peer = await stranger();
    await peer.handle(PROTOCOL, (stream) => {
      stream.send(Uint8Array.of(1, 7, 1, 7));
    });
    const id = await asker.dial(peer.getMultiaddrs().map(String), NEVER);
    await expect(asker.request(id, PROTOCOL, bytes("x"), NEVER)).rejects.toMatchObject({ code: "FRAME_MALFORMED" });
  });

  it("answers a whole request whether or not the asker has closed its side", async () => {
    const { network } = await host();
    const connection = await strangerAt(network);
    for (const closes of ["before", "after"] as const) {
      const stream = await connection.newStream(PROTOCOL);
      stream.send(Uint8Array.of(2, 7, 8));
      if (closes === "before") await stream.close();
      const answer = new Promise<Uint8Array>((resolve) => {
        stream.addEventListener("message", ({ data }) => resolve(new Uint8Array(data.subarray())));
      });
      expect(await answer).toEqual(Uint8Array.of(2, 7, 8));
      await stream.close();
    }
  });

  it("resets a stream that is closed before its request is whole", async () => {
    const { network, asked } = await host();
    const connection = await strangerAt(network);
    const stream = await connection.newStream(PROTOCOL);
    stream.send(Uint8Array.of(2, 7));
    await stream.close();
    expect(await ended(stream)).toBe("reset");
    expect(asked).toEqual([]);
  });

  it("resets a stream on which no whole request came within five seconds", async () => {
    const clock = new VirtualClock();
    const { network } = await host({}, clock);
    const connection = await strangerAt(network);
    const streams: Stream[] = [];
    for (const sent of [[], [0x80], [2, 7]]) {
      const stream = await connection.newStream(PROTOCOL);
      stream.send(Uint8Array.from(sent));
      streams.push(stream);
    }
    // One that is whole shows that the others have arrived.
    const whole = await connection.newStream(PROTOCOL);
    whole.send(Uint8Array.of(1, 9));
    await whole.close();
    expect(await answerOn(whole)).toEqual(Uint8Array.of(1, 9));
    await clock.advance(4999);
    expect(streams.map(({ status }) => status)).toEqual(["open", "open", "open"]);
    await clock.advance(1);
    expect(await Promise.all(streams.map(ended))).toEqual(["reset", "reset", "reset"]);
  });

  it("lets a peer have eight streams, over all its connections", async () => {
    const { network } = await host();
    const peer = await stranger();
    const target = network.addresses().map((address) => multiaddr(address));
    const connections = [await peer.dial(target), await peer.dial(target, { force: true })];
    const streams: Stream[] = [];
    for (let i = 0; i < 12; i++) {
      const stream = await (connections[i % 2] as Connection).newStream(PROTOCOL);
      streams.push(stream);
      // It may have been reset already.
      if (stream.status === "open") stream.send(Uint8Array.of(2, 7));
    }
    await eventually(() => streams.filter(({ status }) => status === "reset").length === 4);
    expect(streams.filter(({ status }) => status === "open")).toHaveLength(8);
  });

  it("counts a stranger's stream that was not answered for two seconds, however soon it was reset", async () => {
    const clock = new VirtualClock();
    const { network, asked } = await host({}, clock);
    const connection = await strangerAt(network);
    const ask = async (frame: Uint8Array): Promise<string> => {
      const stream = await connection.newStream(PROTOCOL);
      if (stream.status === "open") stream.send(frame);
      return ended(stream);
    };
    for (let i = 0; i < 8; i++) expect(await ask(Uint8Array.of(0x80, 0x00))).toBe("reset");
    expect(await ask(Uint8Array.of(1, 9))).toBe("reset");
    expect(asked).toEqual([]);
    await clock.advance(2000);
    const stream = await connection.newStream(PROTOCOL);
    stream.send(Uint8Array.of(1, 9));
    await stream.close();
    expect(await answerOn(stream)).toEqual(Uint8Array.of(1, 9));
  });

  it("has a place for a roster peer however many strangers hold streams on which nothing comes", async () => {
    const { network } = await host({ maxRequests: 4, maxStrangerRequests: 2 });
    for (let i = 0; i < 4; i++) {
      const connection = await strangerAt(network);
      for (let j = 0; j < 4; j++) (await connection.newStream(PROTOCOL)).send(Uint8Array.of(2, 7));
    }
    const friend = await friendOf(network, 2);
    expect(await friend.request(network.peerId, PROTOCOL, bytes("hello"), NEVER)).toEqual(bytes("hello"));
  });

  it("says that it is busy when the strangers' places are taken, and keeps the others for roster peers", async () => {
    const { network, held } = await host({ maxRequests: 4, maxStrangerRequests: 2 });
    const strangers = [await node(2), await node(3), await node(4)];
    for (const one of strangers) await one.dial(network.addresses(), NEVER);
    const ask = (from: Network, first: number): Promise<Uint8Array> =>
      from.request(network.peerId, PROTOCOL, Uint8Array.of(first), NEVER);
    const [first, second, third] = strangers as [Network, Network, Network];
    const answers = [ask(first, 1), ask(second, 1)];
    await eventually(() => held.length === 2);
    expect(await ask(third, 2)).toEqual(BUSY);
    const friend = await friendOf(network, 5);
    answers.push(ask(friend, 1), ask(friend, 1));
    await eventually(() => held.length === 4);
    expect(await ask(friend, 2)).toEqual(BUSY);
    for (const go of held) go();
    expect(await Promise.all(answers)).toEqual(Array<Uint8Array>(4).fill(Uint8Array.of(1)));
    expect(await ask(third, 2)).toEqual(Uint8Array.of(2));
  });
});
