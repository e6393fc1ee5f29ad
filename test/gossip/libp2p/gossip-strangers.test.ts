/**
 * What strangers write on gossip streams, and that they pay for it. Budgets here do not fill again: what is left of one
 * is seen.
 */
import { multiaddr } from "@multiformats/multiaddr";
import { afterEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../../src/core/log.ts";
import type { CostBudget } from "../../../src/gossip/cost/cost-budget.ts";
import { CONNECTION_US, HANDSHAKE_US, STREAM_US } from "../../../src/gossip/cost/wire-price.ts";
import { createLibp2pNetwork } from "../../../src/gossip/libp2p/libp2p-network.ts";
import type { Network, TopicHandler } from "../../../src/gossip/network.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { costBudget } from "../../support/budgets.ts";
import { aWhile, bytes, eventually, TOPIC } from "../network-contract.ts";
import {
  GOSSIP,
  gossipStranger,
  ihave,
  message,
  rpc,
  type Stranger,
  strangerNode,
  subscription,
} from "./gossip-stranger.ts";

const NEVER: AbortSignal = new AbortController().signal;
const BURST_US = 20_000;

const stops: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** One stranger may cost 20 ms in its life. */
function poorStrangers(rosterPeers: readonly string[] = []): CostBudget {
  return costBudget({ stranger: { perSecondUs: 0, burstUs: BURST_US } }, (peer) => rosterPeers.includes(peer));
}

async function node(
  index: number,
  budget: CostBudget,
  handler: TopicHandler,
): Promise<{ network: Network; heard: string[] }> {
  const network = await createLibp2pNetwork(
    { privateKey: new Uint8Array(32).fill(index), listen: ["/ip4/127.0.0.1/tcp/0"], topics: [TOPIC] },
    { clock: systemClock, log: silentLogger },
  );
  const heard: string[] = [];
  network.subscribe(TOPIC, (data, from, spend) => {
    heard.push(new TextDecoder().decode(data));
    return handler(data, from, spend);
  });
  await network.start(budget);
  stops.push(() => network.stop());
  return { network, heard };
}

async function strangerOf(victim: Network): Promise<Stranger> {
  const stranger = await gossipStranger(victim);
  stops.push(() => stranger.node.stop());
  return stranger;
}

const ignore: TopicHandler = async () => "ignore";

describe("a stranger on a gossip stream", () => {
  it("is heard, whatever else it writes that costs little", async () => {
    const { network, heard } = await node(1, poorStrangers(), ignore);
    const { stream } = await strangerOf(network);
    stream.send(new Uint8Array(100));
    stream.send(rpc(subscription(TOPIC), ihave(TOPIC, 10), message(TOPIC, "here")));
    await eventually(() => heard.includes("here"));
  });

  const floods: [string, () => Uint8Array][] = [
    ["frames of no bytes", () => new Uint8Array(65_536)],
    ["an IHAVE of 20,000 ids", () => rpc(ihave(TOPIC, 20_000))],
    ["small control messages", () => rpc(...new Array(2000).fill(ihave(TOPIC, 1)))],
    ["subscriptions", () => rpc(...new Array(2000).fill(subscription(TOPIC)))],
    ["fields that are nobody's", () => rpc(new Uint8Array(2_000_000).fill(0x48))],
  ];
  it.each(floods)("waits with %s once its budget is spent, and nobody else does", async (_, flood) => {
    const budget = poorStrangers();
    const { network, heard } = await node(1, budget, ignore);
    const { stream } = await strangerOf(network);
    stream.send(flood());
    stream.send(rpc(message(TOPIC, "behind the flood")));
    const other = await strangerOf(network);
    other.stream.send(rpc(message(TOPIC, "beside the flood")));
    await eventually(() => heard.includes("beside the flood"));
    await aWhile();
    expect(heard).toEqual(["beside the flood"]);
    // Its whole life, what the other one wrote, and two connections.
    const ofTheOther = CONNECTION_US + 4 * STREAM_US;
    expect(budget.report().strangers.spentUs).toBeLessThan(BURST_US + 2 * HANDSHAKE_US + ofTheOther + 1000);
    expect(network.peers()).toHaveLength(2);
  });

  it("has what it could not pay for taken later, when it can", async () => {
    const budget = costBudget({ stranger: { perSecondUs: 50_000, burstUs: BURST_US } });
    const { network, heard } = await node(1, budget, ignore);
    const { stream } = await strangerOf(network);
    stream.send(rpc(...new Array(600).fill(subscription(TOPIC)), message(TOPIC, "late")));
    await eventually(() => heard.includes("late"));
  });

  it("over its budget burns no message id: a copy that somebody else brings is new", async () => {
    const budget = poorStrangers();
    const costly: TopicHandler = async (_data, _from, spend) => {
      spend(BURST_US);
      return "ignore";
    };
    const { network, heard } = await node(1, budget, costly);
    const poor = await strangerOf(network);
    poor.stream.send(rpc(message(TOPIC, "all of its budget")));
    await eventually(() => heard.length === 1);
    poor.stream.send(rpc(message(TOPIC, "wanted")));
    await aWhile();
    expect(heard).toHaveLength(1);
    const other = await strangerOf(network);
    other.stream.send(rpc(message(TOPIC, "wanted")));
    await eventually(() => heard.includes("wanted"));
  });

  it("pays for a known message what it costs to know it again", async () => {
    const budget = poorStrangers();
    const costly: TopicHandler = async (_data, _from, spend) => {
      spend(BURST_US / 2);
      return "ignore";
    };
    const { network, heard } = await node(1, budget, costly);
    const [first, second] = [await strangerOf(network), await strangerOf(network)];
    first.stream.send(rpc(message(TOPIC, "one")));
    await eventually(() => heard.length === 1);
    const before = budget.report().strangers.spentUs;
    for (let i = 0; i < 20; i++) second.stream.send(rpc(message(TOPIC, "one")));
    second.stream.send(rpc(message(TOPIC, "two")));
    await eventually(() => heard.includes("two"));
    expect(budget.report().strangers.spentUs - before).toBeLessThan(BURST_US);
  });

  it("is charged and not banned for what another roster may take", async () => {
    const { network, heard } = await node(1, costBudget(), ignore);
    const { stream, peerId } = await strangerOf(network);
    for (let i = 0; i < 100; i++) stream.send(rpc(message(TOPIC, `not ours ${i}`)));
    await eventually(() => heard.length === 100);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(network.peers()).toEqual([peerId]);
  });

  it("has one gossip stream: the newest", async () => {
    const { network, heard } = await node(1, costBudget(), ignore);
    const { node: peer, stream } = await strangerOf(network);
    stream.send(rpc(message(TOPIC, "on the first")));
    await eventually(() => heard.includes("on the first"));
    const [connection] = peer.getConnections();
    const second = await connection?.newStream(GOSSIP);
    second?.send(rpc(message(TOPIC, "on the second")));
    await eventually(() => heard.includes("on the second"));
    await eventually(() => stream.status !== "open");
    second?.send(rpc(message(TOPIC, "on the second, still")));
    await eventually(() => heard.includes("on the second, still"));
  });

  it("is cut off for what is no RPC, and comes again", async () => {
    const { network, heard } = await node(1, costBudget(), ignore);
    const { stream, node: peer } = await strangerOf(network);
    stream.send(new Uint8Array(9).fill(0x80));
    await eventually(() => stream.status !== "open");
    const again = await peer.getConnections()[0]?.newStream(GOSSIP);
    again?.send(rpc(message(TOPIC, "again")));
    await eventually(() => heard.includes("again"));
  });
});

describe("strangers that never answer", () => {
  it("keep nobody who connects after them from gossip", async () => {
    const victim = await node(1, costBudget(), ignore);
    for (let i = 0; i < 12; i++) {
      const stranger = await strangerNode("mute");
      stops.push(() => stranger.stop());
      const connection = await stranger.dial(victim.network.addresses().map((address) => multiaddr(address)));
      const stream = await connection.newStream(GOSSIP);
      stream.send(rpc(subscription(TOPIC)));
    }
    const friend = await node(2, costBudget(), ignore);
    await friend.network.dial(victim.network.addresses(), NEVER);
    for (let i = 0; friend.heard.length === 0; i++) {
      await victim.network.publish(TOPIC, bytes(`to everybody ${i}`));
      await aWhile();
    }
  });
});
