import { describe, expect, it } from "vitest";
import { NEVER, type SimNode, SimWorld, TOPIC, text } from "./sim-world.ts";

const PROTOCOL = "/coaudit/test/1";

async function pairOf(world: SimWorld): Promise<[SimNode, SimNode]> {
  const [a, b] = (await world.nodes(2)) as [SimNode, SimNode];
  world.dial(a, b);
  await world.run(5000);
  return [a, b];
}

/** What became of a promise: its value, or the code of its error, and when. */
function outcomeOf(world: SimWorld, promise: Promise<unknown>): { what?: unknown; atMs?: number } {
  const outcome: { what?: unknown; atMs?: number } = {};
  promise.then(
    (value) => Object.assign(outcome, { what: value, atMs: world.nowMs }),
    (error) => Object.assign(outcome, { what: error.code, atMs: world.nowMs }),
  );
  return outcome;
}

function ask(world: SimWorld, from: SimNode, to: SimNode, size = 10): { what?: unknown; atMs?: number } {
  return outcomeOf(world, from.network.request(to.peerId, PROTOCOL, new Uint8Array(size), NEVER));
}

describe("a connection", () => {
  it("takes three round trips to make, and half of one more until the listener knows", async () => {
    const world = new SimWorld();
    const [a, b] = await pairOf(world);
    expect(a.events).toEqual([`connect ${b.peerId} 600`]);
    expect(b.events).toEqual([`connect ${a.peerId} 700`]);
  });

  it("is one, when both dial at once", async () => {
    const world = new SimWorld();
    const [a, b] = (await world.nodes(2)) as [SimNode, SimNode];
    world.dial(a, b);
    world.dial(b, a);
    await world.run(60_000);
    expect([a.events, b.events]).toEqual([[`connect ${b.peerId} 600`], [`connect ${a.peerId} 600`]]);
  });

  it("is refused where nobody runs, and not answered where there is no power", async () => {
    const world = new SimWorld();
    const [a, b] = await pairOf(world);
    b.incarnation.die();
    world.hub.reset(b.peerId);
    await world.run(1000);
    const refused = outcomeOf(world, a.network.dial([`/memory/${b.peerId}`], NEVER));
    await world.run(20_000);
    expect(refused).toEqual({ what: "NETWORK_DIAL_FAILED", atMs: 6200 });
    world.hub.vanish(b.peerId);
    const beganMs = world.nowMs;
    const silent = outcomeOf(world, a.network.dial([`/memory/${b.peerId}`], NEVER));
    await world.run(20_000);
    expect(silent).toEqual({ what: "NETWORK_DIAL_FAILED", atMs: beganMs + 10_000 });
  });

  it("is given up when its signal is aborted", async () => {
    const world = new SimWorld();
    const [a] = await pairOf(world);
    const controller = new AbortController();
    const outcome = outcomeOf(world, a.network.dial(["/memory/peer-nobody"], controller.signal));
    await world.run(50);
    controller.abort();
    await world.run(0);
    expect(outcome).toEqual({ what: "NETWORK_DIAL_FAILED", atMs: 5050 });
  });
});

describe("a node that dies", () => {
  it("is missed at once when its process is killed, and after its pings when it loses power", async () => {
    for (const [how, least, most] of [
      ["reset", 100, 100],
      ["vanish", 5000, 15_000],
    ] as const) {
      const world = new SimWorld();
      const [a, b] = await pairOf(world);
      const diedMs = world.nowMs;
      b.incarnation.die();
      world.hub[how](b.peerId);
      await world.run(30_000);
      expect(a.network.peers()).toEqual([]);
      const lostMs = Number(a.events.at(-1)?.split(" ")[2]) - diedMs;
      expect(lostMs).toBeGreaterThanOrEqual(least);
      expect(lostMs).toBeLessThanOrEqual(most);
      expect(b.events).toHaveLength(1);
    }
  });

  it("does nothing more, and what it waits for never settles", async () => {
    const world = new SimWorld();
    const [a, b] = await pairOf(world);
    b.network.handle(PROTOCOL, async (request) => request);
    const asked = ask(world, a, b);
    const dialled = outcomeOf(world, a.network.dial(["/memory/peer-nobody"], NEVER));
    await world.run(150);
    a.incarnation.die();
    world.hub.reset(a.peerId);
    const later = [
      ask(world, a, b),
      outcomeOf(world, a.network.publish(TOPIC, text("ghost"))),
      outcomeOf(world, a.network.dial([`/memory/${b.peerId}`], NEVER)),
      outcomeOf(world, a.network.stop()),
    ];
    await world.run(60_000);
    expect([asked, dialled, ...later]).toEqual([{}, {}, {}, {}, {}, {}]);
    expect(b.heard).toEqual([]);
    expect(a.network.peers()).toEqual([]);
    expect(a.events).toHaveLength(1);
  });

  it("comes back as another life, which its peers meet in place of the first", async () => {
    const world = new SimWorld();
    const [a, b] = await pairOf(world);
    b.incarnation.die();
    world.hub.vanish(b.peerId);
    await world.run(1000);
    const again = await world.node(b.name);
    world.dial(again, a);
    await world.run(3000);
    expect(a.events.map((event) => event.split(" ")[0])).toEqual(["connect", "disconnect", "connect"]);
    await again.network.publish(TOPIC, text("I am back"));
    await world.run(60_000);
    expect(a.heard.map((heard) => heard.text)).toEqual(["I am back"]);
    expect(a.network.peers()).toEqual([b.peerId]);
    expect(again.network.peers()).toEqual([a.peerId]);
  });

  it("and came back without dialling is dropped at the next ping", async () => {
    const world = new SimWorld();
    const [a, b] = await pairOf(world);
    b.incarnation.die();
    world.hub.vanish(b.peerId);
    await world.node(b.name);
    await world.run(10_000);
    expect(a.network.peers()).toEqual([]);
  });
});

describe("messages", () => {
  it("are lost at the rate of the world", async () => {
    const world = new SimWorld({ network: { lossRate: 0.25 } });
    const [a, b] = await pairOf(world);
    for (let i = 0; i < 1000; i++) await a.network.publish(TOPIC, text(`${i}`));
    await world.run(90);
    const { messagesSent } = world.hub.countersOf(a.name);
    await world.run(100);
    expect(messagesSent).toBe(1000);
    expect(b.heard.length).toBeGreaterThan(700);
    expect(b.heard.length).toBeLessThan(800);
  });

  it("are doubled at the rate of the world, which only the counters show", async () => {
    const world = new SimWorld({ network: { duplicateRate: 0.25 } });
    const [a, b] = await pairOf(world);
    for (let i = 0; i < 1000; i++) await a.network.publish(TOPIC, text(`${i}`));
    await world.run(200);
    const { duplicatesReceived, messagesReceived } = world.hub.countersOf(b.name);
    expect(b.heard).toHaveLength(1000);
    expect(duplicatesReceived).toBeGreaterThan(200);
    expect(duplicatesReceived).toBeLessThan(300);
    expect(messagesReceived).toBe(1000 + duplicatesReceived);
  });

  it("overtake each other where latencies vary", async () => {
    const world = new SimWorld({ network: { latencyMs: { uniform: [10, 200] } } });
    const [a, b] = await pairOf(world);
    for (let i = 0; i < 100; i++) await a.network.publish(TOPIC, text(`${i}`));
    await world.run(500);
    const order = b.heard.map((heard) => Number(heard.text));
    expect(order).toHaveLength(100);
    expect(order).not.toEqual([...order].sort((x, y) => x - y));
  });

  it("queue at the uplink of their sender", async () => {
    const world = new SimWorld({ network: { bandwidthBytesPerSecond: 10_000 } });
    const [a, b] = await pairOf(world);
    const beganMs = world.nowMs;
    for (let i = 0; i < 3; i++) await a.network.publish(TOPIC, new Uint8Array(972).fill(i));
    await world.run(2000);
    // 1,000 bytes each with their framing.
    expect(b.heard.map(({ atMs }) => atMs - beganMs)).toEqual([200, 300, 400]);
  });

  it("do not cross a partition while it lasts", async () => {
    const partitions = [{ fromMs: 10_000, toMs: 40_000, groups: [["n0001", "n0002"], ["n0003"]] }];
    const world = new SimWorld({ network: { partitions } });
    const [a, b, c, d] = (await world.nodes(4)) as [SimNode, SimNode, SimNode, SimNode];
    world.connectAll([a, b, c, d]);
    await world.run(11_000);
    await a.network.publish(TOPIC, text("among us"));
    await world.run(1000);
    expect([b, c, d].map((node) => node.heard.length)).toEqual([1, 0, 0]);
    await world.run(15_000);
    expect(a.network.peers()).toEqual([b.peerId]);
    expect(d.network.peers()).toEqual([]);
    const dialled = outcomeOf(world, a.network.dial([`/memory/${c.peerId}`], NEVER));
    await world.run(10_500);
    expect(dialled.what).toBe("NETWORK_DIAL_FAILED");
    await world.run(5000);
    world.dial(a, c);
    await world.run(3000);
    await a.network.publish(TOPIC, text("again"));
    await world.run(1000);
    expect(c.heard.map((heard) => heard.text)).toEqual(["again"]);
  });

  it("cross again after a partition too short for pings to notice", async () => {
    const partitions = [{ fromMs: 11_000, toMs: 14_000, groups: [["n0001"]] }];
    const world = new SimWorld({ network: { partitions } });
    const [a, b] = await pairOf(world);
    await world.run(60_000);
    await a.network.publish(TOPIC, text("still here"));
    await world.run(1000);
    expect([a.events.length, b.events.length, b.heard.length]).toEqual([1, 1, 1]);
  });

  it("follow the schedule of one link, one way or both", async () => {
    const link = { from: "n0001", to: "n0002", fromMs: 10_000, toMs: 20_000, latencyMs: 700 };
    for (const oneWay of [true, false]) {
      const world = new SimWorld({ network: { links: [{ ...link, oneWay }] } });
      const [a, b] = await pairOf(world);
      await world.run(5000);
      await a.network.publish(TOPIC, text("there"));
      await b.network.publish(TOPIC, text("back"));
      await world.run(11_000);
      await a.network.publish(TOPIC, text("later"));
      await world.run(1000);
      expect(b.heard.map(({ atMs }) => atMs)).toEqual([10_700, 21_100]);
      expect(a.heard.map(({ atMs }) => atMs)).toEqual([oneWay ? 10_100 : 10_700]);
    }
  });
});

describe("requests", () => {
  it("take two round trips and the time of their bytes, whatever is lost", async () => {
    const world = new SimWorld({ network: { lossRate: 1, bandwidthBytesPerSecond: 10_000 } });
    const [a, b] = await pairOf(world);
    b.network.handle(PROTOCOL, async () => new Uint8Array(2000));
    const beganMs = world.nowMs;
    const outcome = ask(world, a, b, 1000);
    await world.run(5000);
    expect(outcome).toEqual({ what: new Uint8Array(2000), atMs: beganMs + 400 + 100 + 200 });
    expect(world.hub.countersOf(a.name)).toMatchObject({ requests: 1, requestBytes: 1000 });
    expect(world.hub.countersOf(b.name)).toMatchObject({ requests: 0, requestBytes: 2000 });
  });

  it("fail when the connection ends, and time out when the link is cut", async () => {
    // The next ping leaves at 40 s and is waited for until 45 s.
    const partitions = [{ fromMs: 31_000, toMs: 90_000, groups: [["n0001"]] }];
    const world = new SimWorld({ network: { partitions } });
    const [a, b] = await pairOf(world);
    const c = await world.node("n0003");
    world.dial(b, c);
    b.network.handle(PROTOCOL, () => new Promise(() => {}));
    c.network.handle(PROTOCOL, async (request) => request);
    await world.run(5000);
    const toKilled = ask(world, b, c);
    c.incarnation.die();
    world.hub.reset(c.peerId);
    await world.run(1000);
    expect(toKilled.what).toBe("REQUEST_FAILED");
    await world.run(21_000);
    const unanswered = ask(world, a, b);
    await world.run(10_000);
    expect(unanswered.what).toBe("REQUEST_TIMEOUT");
  });

  it("beyond four at once of one peer are reset", async () => {
    const world = new SimWorld();
    const [a, b] = await pairOf(world);
    b.network.handle(PROTOCOL, () => new Promise(() => {}));
    const outcomes = Array.from({ length: 5 }, () => ask(world, a, b));
    await world.run(1000);
    expect(outcomes.map(({ what }) => what)).toEqual([undefined, undefined, undefined, undefined, "REQUEST_FAILED"]);
  });
});
