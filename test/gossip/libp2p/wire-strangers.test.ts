/**
 * What strangers do below streams, over real sockets. Budgets here do not fill again: what is left of one is seen by
 * what the node still answers.
 */
import { createConnection } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { concat, utf8 } from "../../../src/core/bytes.ts";
import { silentLogger } from "../../../src/core/log.ts";
import type { CostBudget } from "../../../src/gossip/cost/cost-budget.ts";
import { createLibp2pNetwork } from "../../../src/gossip/libp2p/libp2p-network.ts";
import type { NetworkLimits } from "../../../src/gossip/libp2p/libp2p-options.ts";
import type { Network } from "../../../src/gossip/network.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { costBudget } from "../../support/budgets.ts";
import { HEADER_BYTES, WireStranger, YAMUX, yamuxFrame } from "../../support/wire-stranger.ts";
import { aWhile, bytes, eventually } from "../network-contract.ts";

const NEVER: AbortSignal = new AbortController().signal;
const PROTOCOL = "/coaudit/test/1";
const MSS = "/multistream/1.0.0\n";
const BURST_US = 40_000;
/** Ten times what the budget pays for. */
const PINGS = 20_000;
const PING: Uint8Array = yamuxFrame({ type: YAMUX.ping, flags: YAMUX.syn, stream: 0, length: 7 });

const stops: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function node(index: number, budget: CostBudget, limits: Partial<NetworkLimits> = {}): Promise<Network> {
  const network = await createLibp2pNetwork(
    { privateKey: new Uint8Array(32).fill(index), listen: ["/ip4/127.0.0.1/tcp/0"], topics: [], limits },
    { clock: systemClock, log: silentLogger },
  );
  network.handle(PROTOCOL, async (request) => request);
  await network.start(budget);
  stops.push(() => network.stop());
  return network;
}

/** One stranger, or all of them, may cost 40 ms in their lives. */
function poor(who: "stranger" | "strangers", rosterPeers: readonly string[] = []): CostBudget {
  return costBudget({ [who]: { perSecondUs: 0, burstUs: BURST_US } }, (peer) => rosterPeers.includes(peer));
}

async function strangerAt(network: Network): Promise<WireStranger> {
  const stranger = await WireStranger.connect(network.addresses());
  stops.push(() => stranger.stop());
  // Identified both ways: what comes now is an answer to what is sent now.
  await aWhile();
  stranger.deafen();
  return stranger;
}

/** As multistream-select frames a name. */
function named(...names: readonly string[]): Uint8Array {
  return concat(...names.map((name) => concat(Uint8Array.of(name.length), utf8(name))));
}

function many(count: number, frame: () => Uint8Array): Uint8Array {
  return concat(...Array.from({ length: count }, frame));
}

describe("a stranger below its streams", () => {
  /** Name, the most bytes of answers that a budget pays for, what is done. */
  const floods: [string, number, (stranger: WireStranger) => Promise<void>][] = [
    ["pings", (BURST_US / 12) * 12, (stranger) => stranger.send(many(PINGS, () => PING))],
    [
      "streams that it opens and resets",
      (BURST_US / 1_300) * 44,
      (stranger) =>
        stranger.send(
          many(500, () => {
            const stream = stranger.freshStream();
            const open = yamuxFrame({ type: YAMUX.data, flags: YAMUX.syn, stream }, named(MSS));
            return concat(open, yamuxFrame({ type: YAMUX.windowUpdate, flags: YAMUX.rst, stream }), PING);
          }),
        ),
    ],
    [
      "pings in noise frames of a byte",
      (BURST_US / 108) * 12,
      (stranger) => stranger.sendOneByOne(many(2_000, () => PING)),
    ],
  ];
  it.each(floods)("is answered no more %s than it can pay for, and others are", async (_, most, flood) => {
    const network = await node(1, poor("stranger"));
    const stranger = await strangerAt(network);
    void flood(stranger).catch(() => undefined);
    const other = await node(2, costBudget());
    const peer = await other.dial(network.addresses(), NEVER);
    expect(await other.request(peer, PROTOCOL, bytes("beside the flood"), NEVER)).toEqual(bytes("beside the flood"));
    await aWhile();
    expect(stranger.heardBytes).toBeGreaterThan(0);
    expect(stranger.heardBytes).toBeLessThan(1.5 * most);
  });

  it("keeps no auditor waiting when all strangers have spent what they have", async () => {
    const friend = await node(2, costBudget());
    const budget = poor("strangers", [friend.peerId]);
    const network = await node(1, budget);
    // Where it comes from is known: a connection of nobody known is one of those that have spent what they had.
    network.protect(friend.peerId, friend.addresses());
    const stranger = await strangerAt(network);
    void stranger.send(many(PINGS, () => PING)).catch(() => undefined);
    await eventually(() => budget.report().strangers.refused > 0);
    const peer = await friend.dial(network.addresses(), NEVER);
    for (let i = 0; i < 20; i++) expect(await friend.request(peer, PROTOCOL, bytes("x"), NEVER)).toEqual(bytes("x"));
  });

  it("is answered what it could not pay for later, in order, when it can", async () => {
    const network = await node(1, costBudget({ stranger: { perSecondUs: 100_000, burstUs: BURST_US } }));
    const stranger = await strangerAt(network);
    await stranger.send(many(PINGS / 2, () => PING));
    await eventually(() => stranger.heardBytes >= (PINGS / 2) * HEADER_BYTES);
    expect(stranger.isConnected).toBe(true);
  });

  it("is hung up on over a frame that announces more than a window, before it comes", async () => {
    // Not for a ping that it does not answer.
    const network = await node(1, costBudget(), { pingIntervalMs: 600_000 });
    const stranger = await strangerAt(network);
    await stranger.send(yamuxFrame({ type: YAMUX.data, stream: 999, length: 0xffff_ffff }));
    await eventually(() => !stranger.isConnected);
  });
});

describe("a stranger that takes no answers", () => {
  it("to its pings is read from no further", async () => {
    const network = await node(1, costBudget(), { pingIntervalMs: 600_000 });
    const stranger = await strangerAt(network);
    const stream = stranger.freshStream();
    const open = yamuxFrame({ type: YAMUX.data, flags: YAMUX.syn, stream }, named(MSS, "/ipfs/ping/1.0.0\n"));
    await stranger.send(open);
    await aWhile();
    // It gives the node no window and keeps to none. What lies beyond the node's own ends the connection.
    const data = many(64, () => yamuxFrame({ type: YAMUX.data, stream }, new Uint8Array(65_536)));
    void stranger.send(data).catch(() => undefined);
    await eventually(() => !stranger.isConnected);
  });
});

describe("agreeing on a protocol", () => {
  it("ends a stream on which names come without end", async () => {
    const network = await node(1, costBudget());
    const stranger = await WireStranger.connect(network.addresses());
    stops.push(() => stranger.stop());
    const names = Array.from({ length: 2_000 }, (_, index) => `/nobody/${index}`);
    await expect(stranger.connection.newStream(names)).rejects.toMatchObject({ name: "StreamResetError" });
    expect(stranger.isConnected).toBe(true);
  });

  it("ends a connection on which they come before its handshake", async () => {
    const network = await node(1, costBudget());
    const port = Number(/\/tcp\/(\d+)/.exec(network.addresses()[0] ?? "")?.[1]);
    const socket = createConnection(port, "127.0.0.1");
    stops.push(() => socket.destroy());
    let heardBytes = 0;
    socket.on("error", () => undefined).on("data", ({ length }) => (heardBytes += length));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write(named(MSS, ...Array.from({ length: 10_000 }, () => "ls\n")));
    await closed;
    expect(heardBytes).toBeLessThan(4_096);
  });

  it("ends a stream on which something follows the name of a protocol that reads nothing", async () => {
    const network = await node(1, costBudget());
    const stranger = await WireStranger.connect(network.addresses());
    stops.push(() => stranger.stop());
    // One at a time, and it has asked by itself.
    await aWhile();
    const stream = await stranger.connection.newStream("/ipfs/id/1.0.0");
    const ended = new Promise<string>((resolve) => stream.addEventListener("close", () => resolve(stream.status)));
    stream.send(new Uint8Array(1_000));
    expect(await ended).toBe("reset");
  });
});
