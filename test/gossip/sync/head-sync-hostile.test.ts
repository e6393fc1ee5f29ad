/** What a peer answers, late, for ever or not at all, and what becomes of it: a pause, and sync with everybody else. */
import { afterEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../../src/core/log.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import { bucketsOf, DIFFERENT, headOf, NOTHING, type ScriptedPeer, scriptedPeer, TAG } from "./scripted-peer.ts";
import { AUDITORS, filled, NEVER, type Node, NS, say, World } from "./sync-world.ts";

let world = new World();
afterEach(async () => {
  await world.stop();
  world = new World();
});

async function victim(): Promise<Node> {
  return world.node("victim", filled(10));
}

/** A peer that gives one new head a round, from `firstEpoch` on, and then no answer any more. */
async function giverOfOneHead(peerId: string, firstEpoch: number): Promise<ScriptedPeer> {
  let opened = 0;
  const giver: ScriptedPeer = await scriptedPeer(world, peerId, (request) => {
    switch (request.type) {
      case "buckets":
        return { type: "buckets", buckets: [1, 0].map((bucket) => ({ bucket, tag: TAG })), more: false };
      case "leaves":
        opened++;
        return opened % 2 === 0 ? undefined : { type: "leaves", buckets: [[{ offset: 1000, tag: TAG }]] };
      case "statements":
        return { type: "statements", answered: 1, statements: [headOf(firstEpoch + giver.rounds.length)] };
      default:
        return request.type === "summary" ? DIFFERENT : NOTHING;
    }
  });
  return giver;
}

describe("head sync with a hostile peer", () => {
  it("abandons a peer that never answers, and is not kept from others by it", async () => {
    const node = await victim();
    for (const i of [1, 2, 3, 4, 5]) {
      const { network } = await scriptedPeer(world, `silent-${i}`, () => undefined);
      await node.network.dial(network.addresses(), NEVER);
    }
    const good = await world.node("good", filled(12));
    await world.connect(node, good);
    await world.clock.advance(21_000);
    expect(node.synced).toContain("good");
    expect(node.sync.status()[0]).toMatchObject({ lastError: { code: "REQUEST_TIMEOUT" } });
  });

  it("writes no line above debug for a stranger that misbehaves, and a warning for an auditor", async () => {
    const warned: unknown[] = [];
    const log = { ...silentLogger, warn: (fields: object) => void warned.push(fields) };
    const node = await world.node("victim", filled(10), {}, (peer) => peer === "auditor", log);
    for (const name of ["auditor", "stranger-1", "stranger-2"]) {
      const { network } = await scriptedPeer(world, name, () => undefined);
      await node.network.dial(network.addresses(), NEVER);
    }
    await world.clock.advance(60_000);
    expect(node.sync.status().map(({ lastError }) => lastError?.code)).toEqual(new Array(3).fill("REQUEST_TIMEOUT"));
    expect(warned).toEqual([expect.objectContaining({ peer: "auditor" })]);
  });

  it("goes on at once with a peer that gave news before it was too slow", async () => {
    const node = await victim();
    const slow = await giverOfOneHead("slow", 1_000);
    await node.network.dial(slow.network.addresses(), NEVER);
    await world.clock.advance(35_000);
    expect(slow.rounds.length).toBeGreaterThan(2);
    expect(node.sync.status()).toEqual([{ peer: "slow", statementsReceived: slow.rounds.length - 1 }]);
  });

  it("lets a stranger have its turn between roster peers that each give a head and then fall silent", async () => {
    const node = await world.node("victim", filled(10), {}, (peer) => peer !== "stranger");
    for (const [index, peerId] of ["hostile-1", "hostile-2", "hostile-3"].entries()) {
      const hostile = await giverOfOneHead(peerId, (index + 1) * 10_000);
      await node.network.dial(hostile.network.addresses(), NEVER);
    }
    const stranger = await world.node("stranger", filled(12));
    await world.connect(node, stranger);
    await world.clock.advance(60_000);
    expect(node.synced).toContain("stranger");
  });

  it("pauses with a peer that drips heads it knows already until the round's time is over", async () => {
    const node = await victim();
    const { network, requests } = await scriptedPeer(world, "liar", async (request, signal) => {
      await world.clock.sleep(9_000, signal);
      return bucketsOf(request, { buckets: 64, statement: () => headOf(3) });
    });
    await node.network.dial(network.addresses(), NEVER);
    await world.clock.advance(130_000);
    const inFirstRound = requests.length;
    expect(node.sync.status()).toMatchObject([{ lastError: { code: "REQUEST_ABORTED" } }]);
    await world.clock.advance(45_000);
    expect(requests).toHaveLength(inFirstRound);
  });

  it("ends after a bounded number of requests with a peer that invents buckets for ever", async () => {
    const node = await victim();
    // And when one of them is opened it has nothing to give.
    const { network, requests } = await scriptedPeer(world, "liar", (request) => {
      if (request.type === "statements") return NOTHING;
      const answer = bucketsOf(request, { buckets: 4096, statement: headOf });
      return answer.type === "buckets" ? { ...answer, more: answer.buckets.length > 0 } : answer;
    });
    await node.network.dial(network.addresses(), NEVER);
    await world.clock.advance(59_000);
    expect(requests.length).toBeLessThan(10);
    expect(node.sync.status()).toMatchObject([{ lastError: { code: "SYNC_PEER_MISBEHAVED" } }]);
  });

  it("does not let a peer keep it busy with heads that it refuses", async () => {
    const node = await victim();
    node.ledger.refuses = ({ epoch }) => epoch > 100;
    const { network, requests } = await scriptedPeer(world, "liar", (request) =>
      bucketsOf(request, { buckets: 4096, statement: headOf }),
    );
    await node.network.dial(network.addresses(), NEVER);
    await world.clock.advance(10_000);
    const afterAll = requests.length;
    // Each bucket was tried once: two requests a bucket, three a round of 64 buckets.
    expect(afterAll).toBeLessThan(4096 * 2 + 3 * 66);
    await world.clock.advance(40_000);
    expect(requests.length - afterAll).toBeLessThan(10);
  });

  it("goes on when the ledger's store fails", async () => {
    const ledger = new MemoryLedger(AUDITORS, [NS]);
    let broken = true;
    const { ingest } = ledger;
    Object.assign(ledger, {
      ingest: async (bytes: Uint8Array) => {
        if (broken) throw new Error("disk full");
        return ingest(bytes);
      },
    });
    const node = await world.node("node", ledger);
    const good = await world.node("good", filled(10));
    say(good.ledger, "a.example", 11);
    await world.connect(node, good);
    await world.clock.advance(1000);
    expect(node.sync.status()).toMatchObject([{ lastError: { message: "disk full" } }]);
    broken = false;
    await world.clock.advance(70_000);
    expect(ledger.slots.size).toBe(51);
  });
});
