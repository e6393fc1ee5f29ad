import { describe, expect, it } from "vitest";
import type { SimHubOptions } from "../../../src/simulator/network/sim-hub.ts";
import { type SimNode, SimWorld, TOPIC, text } from "./sim-world.ts";

async function settledWorld(options: {
  readonly count: number;
  readonly degree: number;
  readonly network?: Partial<SimHubOptions>;
  readonly seed?: number;
  readonly drain?: "fast" | "reference";
}): Promise<{ world: SimWorld; nodes: SimNode[] }> {
  const world = new SimWorld(options);
  const nodes = await world.nodes(options.count);
  world.connectAtRandom(nodes, options.degree);
  await world.run(30_000);
  return { world, nodes };
}

function publish(node: SimNode, message: string): Promise<void> {
  return node.network.publish(TOPIC, text(message));
}

function meshOf(node: SimNode): readonly string[] {
  return node.network.meshPeers(TOPIC);
}

describe("the mesh", () => {
  it("has degrees between the marks once it has settled, and both ends agree on it", async () => {
    const { nodes } = await settledWorld({ count: 60, degree: 10 });
    for (const node of nodes) {
      expect(meshOf(node).length).toBeGreaterThanOrEqual(4);
      expect(meshOf(node).length).toBeLessThanOrEqual(12);
      for (const peer of meshOf(node)) {
        expect(meshOf(nodes.find((other) => other.peerId === peer) as SimNode)).toContain(node.peerId);
      }
    }
  });

  it("brings a message to everybody once, in hops of the latency", async () => {
    const { world, nodes } = await settledWorld({ count: 60, degree: 5 });
    const publishedMs = world.nowMs;
    await publish(nodes[0] as SimNode, "news");
    await world.run(5000);
    for (const node of nodes.slice(1)) {
      expect(node.heard.map(({ text: heard }) => heard)).toEqual(["news"]);
      expect(((node.heard[0]?.atMs ?? 0) - publishedMs) % 100).toBe(0);
    }
    expect(nodes[0]?.heard).toEqual([]);
  });

  it("reaches everybody through a loss of 30 % by IHAVE and IWANT", async () => {
    const { world, nodes } = await settledWorld({ count: 60, degree: 5, network: { lossRate: 0.3 } });
    for (let i = 0; i < 20; i++) {
      await publish(nodes[i] as SimNode, `news ${i}`);
      await world.run(5000);
    }
    for (const [i, node] of nodes.entries()) expect(node.heard.length).toBe(i < 20 ? 19 : 20);
  });

  it("recovers a member that was lost", async () => {
    const { world, nodes } = await settledWorld({ count: 40, degree: 6 });
    for (const node of nodes.slice(0, 10)) {
      node.incarnation.die();
      world.hub.reset(node.peerId);
    }
    await world.run(5000);
    for (const node of nodes.slice(10)) expect(meshOf(node).length).toBeGreaterThanOrEqual(4);
  });

  it("gossips nothing in a world without gossip", async () => {
    const { world, nodes } = await settledWorld({ count: 5, degree: 2, network: { gossip: "none" } });
    await publish(nodes[0] as SimNode, "news");
    await world.run(5000);
    expect(nodes.flatMap((node) => node.heard)).toEqual([]);
    expect(world.hub.countersOf("n0001")).toMatchObject({ messagesSent: 0, bytesSent: 0 });
  });

  it("announces large messages, which spares copies", async () => {
    const copies: number[] = [];
    for (const size of [400, 600]) {
      const { world, nodes } = await settledWorld({
        count: 60,
        degree: 8,
        network: { latencyMs: { uniform: [10, 200] } },
      });
      await nodes[0]?.network.publish(TOPIC, new Uint8Array(size));
      await world.run(5000);
      copies.push(nodes.reduce((sum, node) => sum + world.hub.countersOf(node.name).messagesReceived, 0));
    }
    expect(copies[1]).toBeLessThan(copies[0] as number);
  });
});

describe("a peer that sends what is rejected", () => {
  it("is pruned, hung up on and refused for ten minutes", async () => {
    const world = new SimWorld();
    const [bad, good] = (await world.nodes(2)) as [SimNode, SimNode];
    world.dial(bad, good);
    await world.run(5000);
    good.verdict = "reject";
    for (let i = 0; i < 5; i++) await publish(bad, `nonsense ${i}`);
    await world.run(3000);
    expect(good.network.peers()).toEqual([]);
    expect(bad.network.peers()).toEqual([]);
    world.dial(bad, good);
    await world.run(5000);
    expect(good.network.peers()).toEqual([]);
    await world.run(600_000);
    world.dial(bad, good);
    await world.run(5000);
    expect(good.network.peers()).toEqual([bad.peerId]);
  });

  it("is only pruned after one of them, and grafted again when that is forgiven", async () => {
    const world = new SimWorld();
    const [bad, good] = (await world.nodes(2)) as [SimNode, SimNode];
    world.dial(bad, good);
    await world.run(5000);
    expect(meshOf(good)).toEqual([bad.peerId]);
    good.verdict = "reject";
    await publish(bad, "nonsense");
    await world.run(3000);
    expect(meshOf(good)).toEqual([]);
    expect(good.network.peers()).toEqual([bad.peerId]);
    await world.run(300_000);
    expect(meshOf(good)).toEqual([bad.peerId]);
  });

  it("does not spread it", async () => {
    const { world, nodes } = await settledWorld({ count: 20, degree: 3 });
    for (const node of nodes) node.verdict = "ignore";
    await publish(nodes[0] as SimNode, "doubtful");
    await world.run(10_000);
    const heard = nodes.filter((node) => node.heard.length > 0).map((node) => node.peerId);
    expect(heard.sort()).toEqual(nodes[0]?.network.peers());
  });
});

describe("a world of meshes", () => {
  async function story(options: { drain: "fast" | "reference"; heartbeats: "lazy" | "eager" }) {
    const world = new SimWorld({
      drain: options.drain,
      seed: 7,
      network: {
        heartbeats: options.heartbeats,
        latencyMs: { uniform: [20, 180] },
        lossRate: 0.2,
        duplicateRate: 0.05,
        bandwidthBytesPerSecond: 100_000,
        partitions: [{ fromMs: 60_000, toMs: 100_000, groups: [["n0001", "n0002", "n0003", "n0004", "n0005"]] }],
      },
    });
    const nodes = await world.nodes(40);
    world.connectAtRandom(nodes, 6);
    for (let i = 0; i < 60; i++) {
      await world.run(3000);
      if (i === 10) {
        const victim = nodes[20] as SimNode;
        victim.incarnation.die();
        world.hub.vanish(victim.peerId);
      }
      if (i === 12) (nodes[3] as SimNode).verdict = "reject";
      if (i === 20) (nodes[3] as SimNode).verdict = "accept";
      if (i === 35) world.connectAtRandom(nodes, 3);
      await publish(nodes[i % 15] as SimNode, `message ${i} ${"x".repeat(i * 20)}`);
      await publish(nodes[(i + 7) % 15] as SimNode, `another ${i}`);
    }
    await world.run(200_000);
    return {
      events: world.scheduler.events,
      story: nodes.map((node) => ({
        heard: node.heard,
        events: node.events,
        mesh: meshOf(node),
        counters: world.hub.countersOf(node.name),
      })),
    };
  }

  it("is the same whether the scheduler drains fast or by turns of the event loop", async () => {
    expect(await story({ drain: "fast", heartbeats: "lazy" })).toEqual(
      await story({ drain: "reference", heartbeats: "lazy" }),
    );
  });

  it("is the same whether idle heartbeats are skipped or not", async () => {
    const lazy = await story({ drain: "fast", heartbeats: "lazy" });
    const eager = await story({ drain: "fast", heartbeats: "eager" });
    expect(lazy.story).toEqual(eager.story);
    expect(lazy.events).toBeLessThan(eager.events);
  });

  it("sleeps when nothing happens", async () => {
    const { world } = await settledWorld({ count: 50, degree: 6 });
    await world.run(120_000);
    const before = world.scheduler.events;
    await world.run(3_600_000);
    expect(world.scheduler.events).toBe(before);
  });
});
