/** Whom head sync asks and when, among strangers, busy peers and peers that take their time. */
import { afterEach, describe, expect, it } from "vitest";
import type { SyncRequest, SyncResponse } from "../../../src/gossip/sync/sync-frames.ts";
import { bucketsOf, headOf, type Reply, type ScriptedPeer, scriptedPeer } from "./scripted-peer.ts";
import { filled, NEVER, World } from "./sync-world.ts";

let world = new World();
afterEach(async () => {
  await world.stop();
  world = new World();
});

const idle = async (): Promise<SyncResponse> => ({ type: "summary", same: true, series: [], floors: [] });
const silent = async (): Promise<undefined> => undefined;
const busy = async (): Promise<SyncResponse> => ({ type: "busy" });

/** Heads that everybody has, one every nine seconds: never silent, never done. */
async function dripping(request: SyncRequest): Promise<SyncResponse> {
  await world.clock.sleep(9000);
  return bucketsOf(request, { buckets: 64, statement: () => headOf(3) });
}

function peer(peerId: string, answer: (request: SyncRequest) => Promise<Reply>): Promise<ScriptedPeer> {
  return scriptedPeer(world, peerId, answer);
}

function isRosterPeer(name: string): boolean {
  return name.startsWith("roster");
}

describe("turns in head sync", () => {
  it("gives every roster peer its round about every minute, however many idle strangers there are", async () => {
    const node = await world.node("node", filled(10), {}, isRosterPeer);
    const roster: ScriptedPeer[] = [];
    for (let i = 0; i < 120; i++)
      await node.network.dial((await peer(`stranger-${i}`, idle)).network.addresses(), NEVER);
    for (let i = 0; i < 4; i++) roster.push(await peer(`roster-${i}`, idle));
    for (const { network } of roster) await node.network.dial(network.addresses(), NEVER);
    await world.clock.advance(1);
    expect(roster.map(({ rounds }) => rounds.length)).toEqual([1, 1, 1, 1]);
    await world.clock.advance(600_000);
    for (const { rounds } of roster) {
      const gaps = rounds.slice(1).map((atMs, index) => atMs - (rounds[index] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(54_000);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(66_000);
    }
  });

  it("completes its rounds with roster peers at once after a restart among 120 strangers of which none answers", async () => {
    const node = await world.node("node", filled(10), {}, isRosterPeer);
    for (let i = 0; i < 120; i++) {
      await node.network.dial((await peer(`stranger-${i}`, silent)).network.addresses(), NEVER);
    }
    for (let i = 0; i < 4; i++) await node.network.dial((await peer(`roster-${i}`, idle)).network.addresses(), NEVER);
    await world.clock.advance(1);
    expect(node.synced).toEqual(["roster-0", "roster-1", "roster-2", "roster-3"]);
  });

  it("asks one stranger at a time, and another one every minute", async () => {
    const node = await world.node("node", filled(10), {}, isRosterPeer);
    const strangers: ScriptedPeer[] = [];
    for (let i = 0; i < 10; i++) strangers.push(await peer(`stranger-${i}`, idle));
    for (const { network } of strangers) await node.network.dial(network.addresses(), NEVER);
    await world.clock.advance(1);
    const rounds = (): number => strangers.reduce((sum, one) => sum + one.rounds.length, 0);
    expect(rounds()).toBe(10);
    await world.clock.advance(600_000);
    expect(rounds() - 10).toBeGreaterThanOrEqual(9);
    expect(rounds() - 10).toBeLessThanOrEqual(11);
  });

  it.each(["roster peer", "stranger"])(
    "asks a busy %s again after 2 s, doubling to a minute, and holds nothing against it",
    async (kind) => {
      const node = await world.node("node", filled(10), {}, isRosterPeer);
      let answer: () => Promise<SyncResponse> = busy;
      const one = await peer(kind.replace(" ", "-"), () => answer());
      await node.network.dial(one.network.addresses(), NEVER);
      await world.clock.advance(200_000);
      expect(one.rounds.slice(0, 8)).toEqual([0, 2000, 6000, 14_000, 30_000, 62_000, 122_000, 182_000]);
      expect(node.sync.status()).toMatchObject([{ lastError: { code: "SYNC_PEER_BUSY" } }]);
      answer = idle;
      await world.clock.advance(60_000);
      expect(node.synced).toEqual([kind.replace(" ", "-")]);
      expect(node.sync.status()[0]?.lastError).toBeUndefined();
    },
  );

  it("asks a roster peer whose stream was reset again after 2 s", async () => {
    const node = await world.node("node", filled(10), {}, isRosterPeer);
    const one = await peer("roster-peer", async () => Promise.reject(new Error("reset")));
    await node.network.dial(one.network.addresses(), NEVER);
    await world.clock.advance(6000);
    expect(one.rounds).toEqual([0, 2000, 6000]);
  });

  it("keeps a minute and more for a peer that misbehaves", async () => {
    const node = await world.node("node", filled(10), {}, isRosterPeer);
    const one = await peer("roster-peer", async () => ({ type: "items", ids: [], more: false }));
    await node.network.dial(one.network.addresses(), NEVER);
    await world.clock.advance(200_000);
    expect(one.rounds).toEqual([0, 60_000, 180_000]);
  });

  it("ends a round after 20 s while others wait, so that dripping liars hold nobody's turn", async () => {
    const node = await world.node("node", filled(10), {}, isRosterPeer);
    for (let i = 0; i < 3; i++)
      await node.network.dial((await peer(`roster-liar-${i}`, dripping)).network.addresses(), NEVER);
    for (let i = 0; i < 6; i++) await node.network.dial((await peer(`roster-${i}`, idle)).network.addresses(), NEVER);
    await node.network.dial((await peer("stranger", idle)).network.addresses(), NEVER);
    await world.clock.advance(19_999);
    expect(node.synced).toEqual([]);
    await world.clock.advance(1);
    expect(node.synced).toHaveLength(7);
  });

  it("lets a round go on past 20 s while nobody waits, and ends it when somebody comes", async () => {
    const node = await world.node("node", filled(10), {}, isRosterPeer);
    const strangers = [await peer("stranger-1", dripping), await peer("stranger-2", idle)] as const;
    await node.network.dial(strangers[0].network.addresses(), NEVER);
    await world.clock.advance(40_000);
    expect(node.sync.status()[0]?.lastError).toBeUndefined();
    await node.network.dial(strangers[1].network.addresses(), NEVER);
    await world.clock.advance(1);
    expect(node.synced).toEqual(["stranger-2"]);
    expect(node.sync.status()[0]?.lastError?.code).toBe("REQUEST_ABORTED");
  });

  it("gives a slow peer more time whenever its round was cut short before news came", async () => {
    const node = await world.node("node", filled(10), {}, isRosterPeer);
    const slow = await world.node("roster-slow", filled(12));
    const { answer } = slow.network;
    // Nine seconds for every answer: the first news come after 45.
    slow.network.answer = async (...asked) => {
      await world.clock.sleep(9000);
      return answer.apply(slow.network, asked);
    };
    await world.connect(node, slow);
    for (let i = 0; i < 8; i++)
      await node.network.dial((await peer(`roster-${i}`, dripping)).network.addresses(), NEVER);
    await world.clock.advance(900_000);
    expect(node.ledger.slots.size).toBeGreaterThan(5 * 10);
  });

  it("does not forget what a roster peer did because a thousand strangers did the same", async () => {
    const node = await world.node("node", filled(10), {}, isRosterPeer);
    const wrong = async (): Promise<SyncResponse> => ({ type: "items", ids: [], more: false });
    const liar = await peer("roster-liar", wrong);
    await node.network.dial(liar.network.addresses(), NEVER);
    await world.clock.advance(1);
    for (let i = 0; i < 1100; i++) {
      const stranger = await peer(`stranger-${i}`, wrong);
      await node.network.dial(stranger.network.addresses(), NEVER);
      await world.clock.advance(1);
      await stranger.network.stop();
    }
    world.hub.disconnect("node", "roster-liar");
    await node.network.dial(liar.network.addresses(), NEVER);
    await world.clock.advance(1000);
    expect(liar.rounds).toHaveLength(1);
  });
});
