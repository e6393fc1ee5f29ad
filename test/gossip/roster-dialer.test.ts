import { connect as connectSocket, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../src/core/log.ts";
import { createLibp2pNetwork } from "../../src/gossip/libp2p/libp2p-network.ts";
import { DEFAULT_NETWORK_LIMITS } from "../../src/gossip/libp2p/libp2p-options.ts";
import { PeerGuard } from "../../src/gossip/libp2p/peer-guard.ts";
import type { Network } from "../../src/gossip/network.ts";
import { RosterDialer } from "../../src/gossip/roster-dialer.ts";
import { systemClock, systemRandom } from "../../src/platform/system.ts";
import { costBudget } from "../support/budgets.ts";
import { MemoryHub, MemoryNetwork } from "../support/memory-network.ts";
import { SeededRandom, VirtualClock } from "../support/virtual-clock.ts";
import { eventually } from "./network-contract.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

class World {
  readonly hub = new MemoryHub();
  readonly clock = new VirtualClock();
  readonly dials: string[][] = [];

  async node(peerId: string): Promise<MemoryNetwork> {
    const network = new MemoryNetwork({ peerId, topics: [] }, this);
    await network.start();
    return network;
  }

  dialer(network: Network): RosterDialer {
    const dial = network.dial.bind(network);
    network.dial = (addresses, signal) => {
      this.dials.push([...addresses]);
      return dial(addresses, signal);
    };
    const dialer = new RosterDialer({}, { network, clock: this.clock, random: new SeededRandom(7), log: silentLogger });
    stops.push(() => dialer.stop());
    return dialer;
  }
}

function target(peer: string, peerId: string | undefined = peer) {
  return { name: `auditor-of-${peer}`, ...(peerId === undefined ? {} : { peerId }), addresses: [`/memory/${peer}`] };
}

describe("the roster dialer", () => {
  it("protects the peer that an auditor is now, not those that it was: places of a roster peer are not for the taking", async () => {
    const world = new World();
    const network = await world.node("a");
    const guard = new PeerGuard(DEFAULT_NETWORK_LIMITS, world);
    network.protect = (peer) => guard.protect(peer);
    const dialer = world.dialer(network);
    const named = (peerId: string) => ({ name: "liar", peerId, addresses: ["/memory/nowhere"] });
    for (let i = 0; i < 300; i++) dialer.setTargets([named(`peer-${i}`), target("b")]);
    await world.clock.advance(100_000);
    expect(Array.from({ length: 300 }, (_, i) => `peer-${i}`).filter((peer) => guard.isProtected(peer))).toEqual([
      "peer-299",
    ]);
    expect(guard.isProtected("b")).toBe(true);
  });

  it("connects to every target, and again after a connection that had lasted", async () => {
    const world = new World();
    const [a, b, c] = [await world.node("a"), await world.node("b"), await world.node("c")];
    const dialer = world.dialer(a);
    dialer.setTargets([target("b"), target("c"), target("a")]);
    await world.clock.advance(0);
    expect(a.peers()).toEqual(["b", "c"]);
    expect(dialer.status()).toEqual([
      { name: "auditor-of-b", peerId: "b", connected: true, failures: 0 },
      { name: "auditor-of-c", peerId: "c", connected: true, failures: 0 },
    ]);
    await world.clock.advance(60_000);
    world.hub.disconnect("a", "b");
    await world.clock.advance(0);
    expect(a.peers()).toEqual(["b", "c"]);
    expect([b.peers(), c.peers()]).toEqual([["a"], ["a"]]);
  });

  it("keeps trying for ever, ever more slowly, and says what went wrong and when it tries next", async () => {
    const world = new World();
    const a = await world.node("a");
    const dialer = world.dialer(a);
    dialer.setTargets([target("b")]);
    await world.clock.advance(0);
    expect(dialer.status()[0]).toMatchObject({
      connected: false,
      failures: 1,
      lastError: { code: "NETWORK_DIAL_FAILED" },
    });
    const waitMs = (dialer.status()[0]?.nextAttemptMs ?? 0) - world.clock.now();
    expect(waitMs).toBeGreaterThanOrEqual(500);
    expect(waitMs).toBeLessThanOrEqual(1000);
    await world.clock.advance(3_600_000);
    // An hour at 30 to 60 s a time, after half a dozen quick attempts.
    expect(world.dials.length).toBeGreaterThan(60);
    expect(world.dials.length).toBeLessThan(140);
    await world.node("b");
    await world.clock.advance(60_000);
    expect(dialer.status()[0]).toEqual({
      name: "auditor-of-b",
      peerId: "b",
      connected: true,
      failures: dialer.status()[0]?.failures,
    });
  });

  it("backs off from a peer that accepts the dial and hangs up", async () => {
    const world = new World();
    const [a, b] = [await world.node("a"), await world.node("b")];
    b.onPeer((peer, event) => {
      if (event === "connect") void world.clock.sleep(5).then(() => world.hub.disconnect(peer, "b"));
    });
    const dialer = world.dialer(a);
    dialer.setTargets([target("b")]);
    await world.clock.advance(600_000);
    expect(dialer.status()[0]?.connected).toBe(false);
    expect(world.dials.length).toBeLessThan(40);
  });

  it("stops waiting when the peer connects by itself, and dials no peer that is already there", async () => {
    const world = new World();
    const a = await world.node("a");
    const dialer = world.dialer(a);
    dialer.setTargets([target("b")]);
    await world.clock.advance(100_000);
    const b = await world.node("b");
    await b.dial(a.addresses(), new AbortController().signal);
    const before = world.dials.length;
    await world.clock.advance(0);
    expect(dialer.status()[0]).toMatchObject({ connected: true });
    expect(dialer.status()[0]?.nextAttemptMs).toBeUndefined();
    await world.clock.advance(200_000);
    expect(world.dials.length).toBe(before);
  });

  it("learns the peer id of a target that has none, watches targets without addresses, and takes new targets", async () => {
    const world = new World();
    const a = await world.node("a");
    const c = await world.node("c");
    await world.node("b");
    const dialer = world.dialer(a);
    dialer.setTargets([
      { name: "unnamed", addresses: ["/memory/b"] },
      { name: "silent", peerId: "c", addresses: [] },
    ]);
    await world.clock.advance(0);
    expect(dialer.status()).toMatchObject([
      { name: "unnamed", peerId: "b", connected: true },
      { name: "silent", peerId: "c", connected: false },
    ]);
    await c.dial(a.addresses(), new AbortController().signal);
    expect(dialer.status()[1]).toMatchObject({ connected: true });
    const dials = world.dials.length;
    dialer.setTargets([{ name: "unnamed", addresses: ["/memory/b"] }, target("d")]);
    await world.clock.advance(0);
    expect(dialer.status().map(({ name }) => name)).toEqual(["unnamed", "auditor-of-d"]);
    expect(world.dials.slice(dials)).toEqual([["/memory/d/p2p/d"]]);
  });

  it("names the target at an address that names nobody at its end, a relay on the way or not", async () => {
    const world = new World();
    const dialer = world.dialer(await world.node("a"));
    const addresses = ["/memory/d", "/memory/r/p2p/r/p2p-circuit", "/memory/d/p2p/d"];
    dialer.setTargets([{ name: "d", peerId: "d", addresses }]);
    await world.clock.advance(0);
    expect(world.dials[0]).toEqual(["/memory/d/p2p/d", "/memory/r/p2p/r/p2p-circuit/p2p/d", "/memory/d/p2p/d"]);
  });

  it("refuses another peer at the address than the roster names", async () => {
    const world = new World();
    const a = await world.node("a");
    await world.node("b");
    const dialer = world.dialer(a);
    dialer.setTargets([target("b", "somebody-else")]);
    await world.clock.advance(10_000);
    expect(dialer.status()[0]).toMatchObject({ connected: false, lastError: { code: "NETWORK_DIAL_FAILED" } });
    expect(a.peers()).toEqual([]);
  });

  it("does nothing after stop", async () => {
    const world = new World();
    const a = await world.node("a");
    const dialer = world.dialer(a);
    dialer.setTargets([target("b")]);
    await world.clock.advance(5000);
    await dialer.stop();
    expect(world.clock.sleeping).toBe(0);
    const dials = world.dials.length;
    await world.clock.advance(600_000);
    expect(world.dials.length).toBe(dials);
    expect(dialer.status()).toEqual([]);
  });
});

describe("the roster dialer over TCP", () => {
  async function node(index: number, listen = "/ip4/127.0.0.1/tcp/0"): Promise<Network> {
    const network = await createLibp2pNetwork(
      {
        privateKey: new Uint8Array(32).fill(index),
        listen: [listen],
        topics: [],
        limits: { pingIntervalMs: 200, pingTimeoutMs: 400 },
      },
      { clock: systemClock, log: silentLogger },
    );
    await network.start(costBudget());
    stops.push(() => network.stop());
    return network;
  }

  function dialer(network: Network): RosterDialer {
    const made = new RosterDialer(
      { baseMs: 50, capMs: 200, stableMs: 0 },
      { network, clock: systemClock, random: systemRandom, log: silentLogger },
    );
    stops.push(() => made.stop());
    return made;
  }

  it("finds a peer again that was restarted", async () => {
    const [a, b] = [await node(1), await node(2)];
    const addresses = b.addresses();
    const keeper = dialer(a);
    keeper.setTargets([{ name: "b", addresses }]);
    await eventually(() => a.peers().length === 1);
    await b.stop();
    await eventually(() => keeper.status()[0]?.lastError !== undefined);
    await node(2, addresses[0]?.replace(/\/p2p\/.*$/, ""));
    await eventually(() => keeper.status()[0]?.connected === true);
  });

  it("notices a peer that froze, and finds it again when it thaws", async () => {
    const [a, b] = [await node(1), await node(2)];
    const port = Number(/tcp\/(\d+)/.exec(b.addresses()[0] ?? "")?.[1]);
    const sockets: Socket[] = [];
    let frozen = false;
    // Between the two: while frozen, connections stay open and nothing passes.
    const proxy = createServer((near) => {
      const far = connectSocket(port, "127.0.0.1");
      sockets.push(near, far);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on("data", (chunk) => frozen || to.write(chunk));
        from.on("error", () => to.destroy());
        from.on("close", () => to.destroy());
      }
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    stops.push(async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    });
    const address = proxy.address();
    const through = `/ip4/127.0.0.1/tcp/${typeof address === "object" ? address?.port : 0}`;
    const keeper = dialer(a);
    keeper.setTargets([{ name: "b", peerId: b.peerId, addresses: [through] }]);
    await eventually(() => a.peers().length === 1);
    frozen = true;
    await eventually(() => a.peers().length === 0);
    frozen = false;
    await eventually(() => keeper.status()[0]?.connected === true);
  });
});
