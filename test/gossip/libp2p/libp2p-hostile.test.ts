/** What strangers can do to the libp2p adapter, and what it costs them. */
import type { Libp2p } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { afterEach, describe, expect, it } from "vitest";
import { fromUtf8 } from "../../../src/core/bytes.ts";
import type { Clock } from "../../../src/core/clock.ts";
import { silentLogger } from "../../../src/core/log.ts";
import { ProtoWriter } from "../../../src/core/wire.ts";
import type { CostBudget } from "../../../src/gossip/cost/cost-budget.ts";
import { createLibp2pNetwork } from "../../../src/gossip/libp2p/libp2p-network.ts";
import type { NetworkLimits } from "../../../src/gossip/libp2p/libp2p-options.ts";
import { peerIdOfSeed } from "../../../src/gossip/libp2p/network-key.ts";
import { messageIdText } from "../../../src/gossip/message-id.ts";
import type { Network } from "../../../src/gossip/network.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { costBudget } from "../../support/budgets.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { aWhile, bytes, eventually, TOPIC } from "../network-contract.ts";
import { bareStranger, gossipStranger, rpc } from "./gossip-stranger.ts";

const PROTOCOL = "/coaudit/test/1";
const NEVER: AbortSignal = new AbortController().signal;

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function node(
  index: number,
  limits: Partial<NetworkLimits> = {},
  clock: Clock = systemClock,
  budget: CostBudget = costBudget(),
): Promise<Network> {
  const network = await createLibp2pNetwork(
    { privateKey: new Uint8Array(32).fill(index), listen: ["/ip4/127.0.0.1/tcp/0"], topics: [TOPIC, "/other"], limits },
    { clock, log: silentLogger },
  );
  await network.start(budget);
  stops.push(() => network.stop());
  return network;
}

/** A peer that keeps to libp2p and to nothing else. */
async function stranger(): Promise<Libp2p> {
  const peer = await bareStranger();
  stops.push(async () => peer.stop());
  return peer;
}

async function connected(a: Network, b: Network): Promise<void> {
  await a.dial(b.addresses(), NEVER);
  await eventually(() => b.peers().includes(a.peerId));
}

async function publishUntil(from: Network, topic: string, done: () => boolean): Promise<void> {
  for (let i = 0; !done(); i++) {
    await from.publish(topic, bytes(`probe ${i} of ${from.peerId} on ${topic}`));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** gossipsub's message, with one field more. */
function signedMessage(text: string, field: number): Uint8Array {
  const [extra, data] = [new Uint8Array(8).fill(7), bytes(text)];
  const writer = new ProtoWriter();
  if (field === 1) writer.bytes(1, extra);
  writer.bytes(2, data);
  if (field === 3) writer.bytes(3, extra);
  writer.string(4, TOPIC);
  if (field > 4) writer.bytes(field, extra);
  return new ProtoWriter().element(2, writer.finish()).finish();
}

describe("a libp2p network among strangers", () => {
  it("hangs up on a peer that keeps sending what is rejected, and refuses it for the length of the ban", async () => {
    const clock = new VirtualClock();
    const [victim, liar] = [await node(1, { banMs: 60_000 }, clock), await node(2)];
    let rejected = 0;
    victim.subscribe(TOPIC, async () => {
      rejected++;
      return "reject";
    });
    liar.subscribe(TOPIC, async () => "accept");
    await connected(liar, victim);
    await publishUntil(liar, TOPIC, () => rejected >= 6);
    await eventually(() => victim.peers().length === 0);
    await liar.dial(victim.addresses(), NEVER).catch(() => undefined);
    await eventually(() => liar.peers().length === 0);
    expect(victim.peers()).toEqual([]);
    await clock.advance(60_001);
    await connected(liar, victim);
  });

  it.each(["seqno", "signature", "key"])("takes a message with a %s for one that is rejected", async (extra) => {
    const victim = await node(1);
    const heard: string[] = [];
    victim.subscribe(TOPIC, async (data) => {
      heard.push(fromUtf8(data));
      return "accept";
    });
    const liar = await gossipStranger(victim);
    stops.push(async () => liar.node.stop());
    const field = { seqno: 3, signature: 5, key: 6 }[extra] ?? 0;
    // Its own name alone is not signed and says nothing.
    liar.stream.send(rpc(signedMessage("heard", 1)));
    await eventually(() => heard.length === 1);
    for (let i = 0; victim.peers().includes(liar.peerId) && i < 30; i++)
      liar.stream.send(rpc(signedMessage(`${i}`, field)));
    await eventually(() => !victim.peers().includes(liar.peerId));
    expect(heard).toEqual(["heard"]);
  });

  it("does not let a peer over its budget use up what another peer sends", async () => {
    const [victim, flooder, honest] = [
      await node(1, {}, systemClock, costBudget({ stranger: { perSecondUs: 0, burstUs: 20_000 } })),
      await node(2),
      await node(3),
    ];
    const heard: string[] = [];
    victim.subscribe(TOPIC, async (data) => {
      heard.push(new TextDecoder().decode(data));
      return "accept";
    });
    for (const network of [flooder, honest]) network.subscribe(TOPIC, async () => "ignore");
    await connected(flooder, victim);
    await publishUntil(flooder, TOPIC, () => heard.length >= 10);
    for (let before = 0; heard.length > before; ) {
      before = heard.length;
      for (let i = 0; i < 20; i++) await flooder.publish(TOPIC, bytes(`probe ${before} ${i}`));
      await aWhile();
    }
    const takenOfFlooder = heard.length;
    await flooder.publish(TOPIC, bytes("swallowed?"));
    await aWhile();
    expect(heard).toHaveLength(takenOfFlooder);
    await connected(honest, victim);
    await publishUntil(honest, TOPIC, () => heard.length > takenOfFlooder);
    await honest.publish(TOPIC, bytes("swallowed?"));
    await eventually(() => heard.includes("swallowed?"));
  });

  it("hears the same bytes on two topics, since the topic is part of the message id", async () => {
    const [a, b] = [await node(1), await node(2)];
    const heard: string[] = [];
    for (const topic of [TOPIC, "/other"]) {
      a.subscribe(topic, async () => "accept");
      b.subscribe(topic, async (data) => {
        heard.push(`${topic} ${new TextDecoder().decode(data)}`);
        return "ignore";
      });
    }
    await connected(a, b);
    for (const topic of [TOPIC, "/other"]) {
      await publishUntil(a, topic, () => heard.some((line) => line.startsWith(`${topic} `)));
    }
    await a.publish("/other", bytes("same"));
    await a.publish(TOPIC, bytes("same"));
    await eventually(() => heard.includes("/other same") && heard.includes(`${TOPIC} same`));
    expect(messageIdText("/other", bytes("same"))).not.toBe(messageIdText(TOPIC, bytes("same")));
  });

  it("refuses a stranger when the strangers' places are taken, but never a roster peer", async () => {
    const [host, first, second, friend] = [
      await node(1, { maxStrangers: 1 }),
      await node(2),
      await node(3),
      await node(4),
    ];
    host.protect(friend.peerId);
    await connected(first, host);
    await second.dial(host.addresses(), NEVER).catch(() => undefined);
    await eventually(() => second.peers().length === 0);
    await connected(friend, host);
    expect(host.peers()).toEqual([first.peerId, friend.peerId].sort());
  });

  it("hangs up on a peer that is of the roster no more where strangers have no place left, and keeps it where one is", async () => {
    for (const [maxStrangers, stays] of [
      [1, false],
      [2, true],
    ] as const) {
      const [host, stranger, was] = [await node(1, { maxStrangers }), await node(2), await node(3)];
      const twice = [host.protect(was.peerId), host.protect(was.peerId)];
      await connected(stranger, host);
      await connected(was, host);
      twice[0]?.();
      expect(host.peers()).toContain(was.peerId);
      twice[1]?.();
      if (stays) await aWhile();
      else await eventually(() => !host.peers().includes(was.peerId));
      expect(host.peers()).toEqual(stays ? [stranger.peerId, was.peerId].sort() : [stranger.peerId]);
      await Promise.all([host, stranger, was].map((network) => network.stop()));
    }
  });

  it("resets what is not one frame within the cap, and goes on answering others", async () => {
    const host = await node(1);
    let asked = 0;
    host.handle(PROTOCOL, async (request) => {
      asked++;
      return request;
    });
    const peer = await stranger();
    const target = host.addresses().map((address) => multiaddr(address));
    const connection = await peer.dial(target);
    const attacks: Uint8Array[] = [
      // A length of 2^35: more bytes than the length of the largest frame takes.
      Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x01),
      // A length just past the cap of 64 KiB.
      Uint8Array.of(0x81, 0x80, 0x04),
      // A frame of one byte, and then another megabyte nobody asked for.
      new Uint8Array(1_000_000).fill(1),
    ];
    for (const attack of attacks) {
      const stream = await connection.newStream(PROTOCOL);
      const ended = new Promise((resolve) => stream.addEventListener("close", resolve));
      stream.send(attack);
      if (attack.length > 100) await stream.close().catch(() => undefined);
      await ended;
    }
    expect(asked).toBeLessThanOrEqual(1);
    const honest = await node(2);
    await connected(honest, host);
    expect(await honest.request(host.peerId, PROTOCOL, bytes("still there?"), NEVER)).toEqual(bytes("still there?"));
  });

  it("answers only so many requests of one peer at once", async () => {
    const [host, asker, other] = [await node(1, { maxRequestsPerPeer: 2 }), await node(2), await node(3)];
    const waiting: (() => void)[] = [];
    host.handle(PROTOCOL, async (request) => {
      if (request[0] === 1) await new Promise<void>((resolve) => waiting.push(resolve));
      return request;
    });
    await connected(asker, host);
    const slow = [1, 1].map((byte) => asker.request(host.peerId, PROTOCOL, Uint8Array.of(byte), NEVER));
    await eventually(() => waiting.length === 2);
    await expect(asker.request(host.peerId, PROTOCOL, Uint8Array.of(2), NEVER)).rejects.toMatchObject({
      code: "REQUEST_FAILED",
    });
    await connected(other, host);
    expect(await other.request(host.peerId, PROTOCOL, Uint8Array.of(2), NEVER)).toEqual(Uint8Array.of(2));
    for (const go of waiting) go();
    expect(await Promise.all(slow)).toEqual([Uint8Array.of(1), Uint8Array.of(1)]);
    expect(await asker.request(host.peerId, PROTOCOL, Uint8Array.of(2), NEVER)).toEqual(Uint8Array.of(2));
  });

  it("gives up on a peer that does not answer in time, and on a peer that answers without end", async () => {
    const clock = new VirtualClock();
    const asker = await node(1, { requestTimeoutMs: 10_000 }, clock);
    const peer = await stranger();
    let reached = false;
    await peer.handle(PROTOCOL, () => {
      reached = true;
    });
    await peer.handle("/endless", (stream) => {
      stream.addEventListener("close", () => undefined);
      // A length within the cap, but more follows than a frame holds.
      stream.send(Uint8Array.of(0x01));
      const chunk = new Uint8Array(256 * 1024);
      for (let i = 0; i < 8 && stream.status === "open"; i++) stream.send(chunk);
    });
    const id = await asker.dial(peer.getMultiaddrs().map(String), NEVER);
    const slow = asker.request(id, PROTOCOL, bytes("x"), NEVER);
    slow.catch(() => undefined);
    await eventually(() => reached);
    await clock.advance(10_000);
    await expect(slow).rejects.toMatchObject({ code: "REQUEST_TIMEOUT", metadata: { timeoutMs: 10_000 } });
    const endless = await asker.request(id, "/endless", bytes("x"), NEVER).catch((error: unknown) => error);
    if (endless instanceof Uint8Array) expect(endless).toHaveLength(1);
    else expect(endless).toMatchObject({ code: expect.stringMatching(/FRAME_MALFORMED|REQUEST_FAILED/) });
    await eventually(() =>
      peer.getConnections().every((connection) => connection.streams.every((s) => s.protocol !== "/endless")),
    );
  });

  it("says why it cannot start: a port that is taken, a key of the wrong size", async () => {
    const host = await node(1);
    const [taken = ""] = host.addresses();
    const listen = [taken.replace(/\/p2p\/.*$/, "")];
    const second = await createLibp2pNetwork(
      { privateKey: new Uint8Array(32).fill(2), listen, topics: [] },
      { clock: systemClock, log: silentLogger },
    );
    await expect(second.start(costBudget())).rejects.toMatchObject({
      code: "NETWORK_LISTEN_FAILED",
      message: `cannot listen at ${listen[0]}: the address is in use; stop the other program or change \`listen\``,
      metadata: { addresses: listen },
    });
    await expect(peerIdOfSeed(new Uint8Array(31))).rejects.toMatchObject({ code: "KEY_INVALID" });
    expect(await peerIdOfSeed(new Uint8Array(32).fill(1))).toBe(host.peerId);
  });
});
