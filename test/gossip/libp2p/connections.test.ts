/** Connections that come in, over real sockets: bare ones from many sources, and auditors among them. */
import { connect, type Socket } from "node:net";
import { multiaddr } from "@multiformats/multiaddr";
import { afterEach, describe, expect, it } from "vitest";
import type { Clock } from "../../../src/core/clock.ts";
import { silentLogger } from "../../../src/core/log.ts";
import { createLibp2pNetwork } from "../../../src/gossip/libp2p/libp2p-network.ts";
import type { Network } from "../../../src/gossip/network.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { costBudget } from "../../support/budgets.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { aWhile, eventually } from "../network-contract.ts";
import { strangerNode } from "./gossip-stranger.ts";

const NEVER: AbortSignal = new AbortController().signal;

const stops: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function node(index: number, clock: Clock = systemClock): Promise<Network> {
  const network = await createLibp2pNetwork(
    { privateKey: new Uint8Array(32).fill(index), listen: ["/ip4/127.0.0.1/tcp/0"], topics: [] },
    { clock, log: silentLogger },
  );
  await network.start(costBudget());
  stops.push(() => network.stop());
  return network;
}

/** Connected, and silent for ever; each from an address of its own. */
async function bareSockets(victim: Network, count: number): Promise<{ closed: () => number }> {
  const port = Number(/tcp\/(\d+)/.exec(victim.addresses()[0] ?? "")?.[1]);
  let closed = 0;
  const opened = Array.from(
    { length: count },
    (_, i) =>
      new Promise<Socket>((resolve) => {
        const socket = connect({ host: "127.0.0.1", port, localAddress: `127.0.1.${i + 1}` });
        socket.on("connect", () => resolve(socket));
        socket.on("error", () => undefined);
        socket.on("close", () => closed++);
      }),
  );
  const sockets = await Promise.all(opened);
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { closed: () => closed };
}

describe("70 connections that say nothing", () => {
  it("keep no auditor out whose address the roster has", async () => {
    // The clock stands still: none of them is overdue.
    const [host, friend] = [await node(1, new VirtualClock()), await node(2)];
    host.protect(friend.peerId, ["/ip4/127.0.0.1/tcp/7600"]);
    await bareSockets(host, 70);
    await friend.dial(host.addresses(), NEVER);
    await eventually(() => host.peers().includes(friend.peerId));
  });

  it("keep no stranger out either: the oldest of them make room", async () => {
    const [host, newcomer] = [await node(1, new VirtualClock()), await node(2)];
    const bare = await bareSockets(host, 70);
    await newcomer.dial(host.addresses(), NEVER);
    await eventually(() => host.peers().includes(newcomer.peerId));
    await eventually(() => bare.closed() >= 6);
  });

  it("are ended when their handshake is overdue", async () => {
    const clock = new VirtualClock();
    const host = await node(1, clock);
    const bare = await bareSockets(host, 10);
    await eventually(() => clock.sleeping >= 10);
    await clock.advance(1999);
    expect(bare.closed()).toBe(0);
    await clock.advance(1);
    await eventually(() => bare.closed() === 10);
  });
});

describe("connections of one peer", () => {
  const openAfter = async (role: "stranger" | "auditor"): Promise<number> => {
    const host = await node(1);
    const peer = await strangerNode();
    stops.push(() => peer.stop());
    if (role === "auditor") host.protect(peer.peerId.toString());
    for (let i = 0; i < 3; i++) {
      await peer.dial(multiaddr(host.addresses()[0]), { force: true }).catch(() => undefined);
      await aWhile();
    }
    return peer.getConnections().filter(({ status }) => status === "open").length;
  };

  it("are two of a stranger", async () => {
    expect(await openAfter("stranger")).toBe(2);
  });

  it("are more of an auditor, whose dead ones are not noticed yet", async () => {
    expect(await openAfter("auditor")).toBe(3);
  });
});
