/** What a peer can answer, or not, and what becomes of it: a typed error, a pause, and sync with everybody else. */
import { afterEach, describe, expect, it } from "vitest";
import { utf8 } from "../../../src/core/bytes.ts";
import {
  decodeSyncRequest,
  decodeSyncResponse,
  encodeSyncRequest,
  encodeSyncResponse,
} from "../../../src/gossip/sync/sync-codec.ts";
import {
  HEAD_SYNC_PROTOCOL,
  type SyncRequest,
  type SyncResponse,
  seriesId,
} from "../../../src/gossip/sync/sync-frames.ts";
import type { Ingest } from "../../../src/gossip/sync/sync-round.ts";
import { MemoryNetwork } from "../../support/memory-network.ts";
import { digestOf, MemoryLedger, statementOf } from "./memory-ledger.ts";
import { AUDITORS, filled, NEVER, type Node, NS, say, World } from "./sync-world.ts";

let world = new World();
afterEach(async () => {
  await world.stop();
  world = new World();
});

const SERIES = seriesId({ auditor: "a.example", namespace: NS });
const TAG = new Uint8Array(8);

/** A peer that answers as `answer` says; bytes go out as they are. */
async function liar(
  peerId: string,
  answer: (request: SyncRequest) => SyncResponse | Uint8Array,
): Promise<MemoryNetwork> {
  const network = new MemoryNetwork({ peerId, topics: [] }, world);
  network.handle(HEAD_SYNC_PROTOCOL, async (bytes) => {
    const response = answer(decodeSyncRequest(bytes));
    return response instanceof Uint8Array ? response : encodeSyncResponse(response);
  });
  await network.start();
  return network;
}

function different(): SyncResponse {
  return { type: "summary", same: false, series: [{ series: SERIES, tag: TAG }], floors: [] };
}

const NOTHING: SyncResponse = { type: "items", ids: [], more: false };

function summaryThen(answer: (request: SyncRequest) => SyncResponse | Uint8Array) {
  return (request: SyncRequest): SyncResponse | Uint8Array =>
    request.type === "summary" ? different() : answer(request);
}

/** A peer that gives one new head a round, from `firstEpoch` on, and then no answer any more. */
async function giverOfOneHead(
  peerId: string,
  firstEpoch: number,
): Promise<{ network: MemoryNetwork; rounds: () => number }> {
  let rounds = 0;
  let buckets = 0;
  const network = new MemoryNetwork({ peerId, topics: [] }, world);
  network.handle(HEAD_SYNC_PROTOCOL, async (bytes) => {
    const request = decodeSyncRequest(bytes);
    switch (request.type) {
      case "summary":
        rounds++;
        return encodeSyncResponse(different());
      case "buckets": {
        const listed = [1, 0].map((bucket) => ({ bucket, tag: TAG }));
        return encodeSyncResponse({ type: "buckets", buckets: listed, more: false });
      }
      case "leaves":
        buckets++;
        if (buckets % 2 === 0) return new Promise(() => undefined);
        return encodeSyncResponse({ type: "leaves", buckets: [[{ offset: 1000, tag: TAG }]] });
      case "statements": {
        const epoch = firstEpoch + rounds;
        const news = {
          auditor: "a.example",
          namespace: NS,
          epoch,
          digest: digestOf(epoch),
          completeness: 3,
          ink: 0,
        } as const;
        return encodeSyncResponse({ type: "statements", answered: 1, statements: [statementOf(news)] });
      }
      default:
        return encodeSyncResponse(NOTHING);
    }
  });
  await network.start();
  return { network, rounds: () => rounds };
}

async function victim(): Promise<Node> {
  return world.node("victim", filled(10));
}

const LIES: Record<string, [string, (request: SyncRequest) => SyncResponse | Uint8Array]> = {
  garbage: ["SYNC_FRAME_INVALID", () => utf8("no frame at all")],
  nothing: ["SYNC_FRAME_INVALID", () => new Uint8Array()],
  "an answer over the cap": ["FRAME_TOO_LARGE", () => new Uint8Array(2_000_000)],
  "the answer to another question": ["SYNC_PEER_MISBEHAVED", () => NOTHING],
  "items without end": [
    "SYNC_PEER_MISBEHAVED",
    summaryThen(() => ({ type: "items", ids: [new Uint8Array(32)], more: true })),
  ],
  "ever more items, and none of them when asked": [
    "SYNC_PEER_MISBEHAVED",
    (() => {
      let pages = 0;
      return summaryThen((request) => {
        if (request.type !== "items") return { type: "statements", answered: 256, statements: [] };
        pages++;
        const ids = Array.from({ length: 8192 }, (_, i) => {
          const id = new Uint8Array(32);
          new DataView(id.buffer).setUint32(0, pages * 8192 + i);
          return id;
        });
        return { type: "items", ids, more: true };
      });
    })(),
  ],
  "more items, but none": ["SYNC_PEER_MISBEHAVED", summaryThen(() => ({ type: "items", ids: [], more: true }))],
  "an answer for nothing that was asked": [
    "SYNC_PEER_MISBEHAVED",
    summaryThen((request) =>
      request.type === "items"
        ? { type: "items", ids: [new Uint8Array(32)], more: false }
        : { type: "statements", answered: 0, statements: [] },
    ),
  ],
  "statements that nobody asked for": [
    "SYNC_PEER_MISBEHAVED",
    summaryThen((request) =>
      request.type === "items"
        ? { type: "items", ids: [new Uint8Array(32)], more: false }
        : { type: "statements", answered: 1, statements: Array.from({ length: 500 }, () => utf8("x")) },
    ),
  ],
  "a bucket twice": [
    "SYNC_PEER_MISBEHAVED",
    summaryThen((request) =>
      request.type === "items"
        ? NOTHING
        : {
            type: "buckets",
            buckets: [
              { bucket: 5, tag: TAG },
              { bucket: 5, tag: TAG },
            ],
            more: false,
          },
    ),
  ],
  "an empty bucket": ["SYNC_PEER_MISBEHAVED", summaryThen((request) => inBucket(request, []))],
  "heads it does not have": [
    "SYNC_PEER_MISBEHAVED",
    summaryThen((request) =>
      request.type === "statements"
        ? { type: "statements", answered: request.epochs.length, statements: [] }
        : inBucket(request, [{ offset: 3, tag: TAG }]),
    ),
  ],
  "invalid statements": [
    "SYNC_PEER_MISBEHAVED",
    summaryThen((request) =>
      request.type === "statements"
        ? { type: "statements", answered: 1, statements: [utf8("forged")] }
        : inBucket(request, [{ offset: 3, tag: TAG }]),
    ),
  ],
};

function inBucket(request: SyncRequest, leaves: { offset: number; tag: Uint8Array }[]): SyncResponse {
  if (request.type === "buckets") return { type: "buckets", buckets: [{ bucket: 7, tag: TAG }], more: false };
  return request.type === "leaves" ? { type: "leaves", buckets: [leaves] } : NOTHING;
}

describe("head sync with a hostile peer", () => {
  it.each(Object.entries(LIES))(
    "gives up on a peer that answers %s, and pauses longer each time",
    async (_name, [code, answer]) => {
      let rounds = 0;
      let requests = 0;
      const node = await victim();
      const bad = await liar("liar", (request) => {
        requests++;
        if (request.type === "summary") rounds++;
        return answer(request);
      });
      const good = await world.node("good", filled(12));
      await node.network.dial(bad.addresses(), NEVER);
      await world.clock.advance(10);
      expect(node.sync.status()).toMatchObject([{ peer: "liar", lastError: { code } }]);
      expect(rounds).toBe(1);
      expect(requests).toBeLessThan(100);
      await world.connect(node, good);
      await world.clock.advance(3_600_000);
      expect(node.ledger.slots.size).toBe(5 * 12);
      expect(node.synced).toContain("good");
      expect(node.synced).not.toContain("liar");
      // After 1, 2, 4, 8, 16 and 32 minutes, at the next time it is chosen.
      expect(rounds).toBeGreaterThan(2);
      expect(rounds).toBeLessThan(8);
    },
  );

  it("abandons a peer that never answers, and is not kept from others by it", async () => {
    const node = await victim();
    const silent = [1, 2, 3, 4, 5].map((i) => new MemoryNetwork({ peerId: `silent-${i}`, topics: [] }, world));
    for (const network of silent) {
      network.handle(HEAD_SYNC_PROTOCOL, () => new Promise(() => undefined));
      await network.start();
      await node.network.dial(network.addresses(), NEVER);
    }
    const good = await world.node("good", filled(12));
    await world.connect(node, good);
    await world.clock.advance(21_000);
    expect(node.synced).toContain("good");
    expect(node.sync.status()[0]).toMatchObject({ lastError: { code: "REQUEST_TIMEOUT" } });
  });

  it("goes on at once with a peer that gave news before it was too slow", async () => {
    const node = await victim();
    const slow = await giverOfOneHead("slow", 1_000);
    await node.network.dial(slow.network.addresses(), NEVER);
    await world.clock.advance(35_000);
    expect(slow.rounds()).toBeGreaterThan(2);
    expect(node.sync.status()).toEqual([{ peer: "slow", statementsReceived: slow.rounds() - 1 }]);
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
    let requests = 0;
    const node = await victim();
    const network = new MemoryNetwork({ peerId: "liar", topics: [] }, world);
    const known = {
      auditor: "a.example",
      namespace: NS,
      epoch: 3,
      digest: digestOf(3),
      completeness: 3,
      ink: 0,
    } as const;
    network.handle(HEAD_SYNC_PROTOCOL, async (bytes, _from, signal) => {
      requests++;
      const request = decodeSyncRequest(bytes);
      await world.clock.sleep(9_000, signal);
      if (request.type === "summary") return encodeSyncResponse(different());
      if (request.type === "buckets") {
        const buckets = Array.from({ length: 64 }, (_, i) => ({ bucket: 9_000 - i, tag: TAG }));
        return encodeSyncResponse({ type: "buckets", buckets, more: false });
      }
      if (request.type === "leaves")
        return encodeSyncResponse({ type: "leaves", buckets: [[{ offset: 1, tag: TAG }]] });
      if (request.type !== "statements") return encodeSyncResponse(NOTHING);
      return encodeSyncResponse({ type: "statements", answered: 1, statements: [statementOf(known)] });
    });
    await network.start();
    await node.network.dial(network.addresses(), NEVER);
    await world.clock.advance(130_000);
    const inFirstRound = requests;
    expect(node.sync.status()).toMatchObject([{ lastError: { code: "REQUEST_ABORTED" } }]);
    await world.clock.advance(45_000);
    expect(requests).toBe(inFirstRound);
  });

  it("ends after a bounded number of requests with a peer that invents buckets for ever", async () => {
    let requests = 0;
    const node = await victim();
    const bad = await liar("liar", (request) => {
      requests++;
      if (request.type === "summary") return different();
      if (request.type === "buckets") {
        const buckets = Array.from({ length: 4096 }, (_, i) => ({ bucket: 10_000 - i, tag: TAG }));
        return {
          type: "buckets",
          buckets: request.order === "newest" ? buckets : [],
          more: request.order === "newest",
        };
      }
      // And when one of them is opened it has nothing to give.
      return request.type === "leaves" ? { type: "leaves", buckets: [[{ offset: 1, tag: TAG }]] } : NOTHING;
    });
    await node.network.dial(bad.addresses(), NEVER);
    await world.clock.advance(59_000);
    expect(requests).toBeLessThan(10);
    expect(node.sync.status()).toMatchObject([{ lastError: { code: "SYNC_PEER_MISBEHAVED" } }]);
  });

  it("does not let a peer keep it busy with heads that it refuses", async () => {
    const node = await victim();
    node.ledger.refuses = ({ epoch }) => epoch > 100;
    let requests = 0;
    const bad = await liar("liar", (request) => {
      requests++;
      switch (request.type) {
        case "summary":
          return different();
        case "buckets":
          return {
            type: "buckets",
            buckets:
              request.order === "newest"
                ? Array.from({ length: 4096 }, (_, i) => ({ bucket: 9000 - i, tag: TAG }))
                : [],
            more: false,
          };
        case "leaves":
          return { type: "leaves", buckets: [[{ offset: 1, tag: TAG }]] };
        case "statements": {
          const epoch = request.epochs[0] ?? 0;
          const said = {
            auditor: "a.example",
            namespace: NS,
            epoch,
            digest: digestOf(epoch),
            completeness: 3,
            ink: 0,
          } as const;
          return { type: "statements", answered: 1, statements: [statementOf(said)] };
        }
        default:
          return NOTHING;
      }
    });
    await node.network.dial(bad.addresses(), NEVER);
    await world.clock.advance(10_000);
    const afterAll = requests;
    // Each bucket was tried once: two requests a bucket, three a round of 64 buckets.
    expect(afterAll).toBeLessThan(4096 * 2 + 3 * 66);
    await world.clock.advance(40_000);
    expect(requests - afterAll).toBeLessThan(10);
  });

  it("lets strangers have one round at a time, so that roster peers need not wait for them", async () => {
    const ledger = filled(10);
    const node = await world.node("victim", ledger, {}, (peer) => peer === "good");
    for (let i = 0; i < 5; i++) {
      const network = new MemoryNetwork({ peerId: `stranger-${i}`, topics: [] }, world);
      network.handle(HEAD_SYNC_PROTOCOL, () => new Promise(() => undefined));
      await network.start();
      await node.network.dial(network.addresses(), NEVER);
    }
    const good = await world.node("good", filled(12));
    await world.connect(node, good);
    await world.clock.advance(1);
    expect(node.synced).toEqual(["good"]);
  });

  it("answers no stranger more than its share, and refuses what is no request", async () => {
    const node = await world.node("victim", filled(2048), {}, (peer) => peer === "friend");
    const asker = async (peerId: string): Promise<(bytes: Uint8Array) => Promise<Uint8Array>> => {
      const network = new MemoryNetwork({ peerId, topics: [] }, world);
      await network.start();
      await network.dial(node.network.addresses(), NEVER);
      return (bytes) => network.request("victim", HEAD_SYNC_PROTOCOL, bytes, NEVER);
    };
    const [ask, askAsAnother, askAsFriend] = [await asker("one"), await asker("another"), await asker("friend")];
    await expect(ask(utf8("garbage"))).rejects.toMatchObject({ code: "REQUEST_FAILED" });
    const buckets = Array.from({ length: 32 }, (_, i) => i);
    const greedy = encodeSyncRequest({ type: "leaves", nonce: new Uint8Array(16).fill(1), series: SERIES, buckets });
    const isBusy = async (by: typeof ask): Promise<boolean> => decodeSyncResponse(await by(greedy)).type === "busy";
    const untilBusy = async (by: typeof ask): Promise<number> => {
      let answered = 0;
      while (!(await isBusy(by))) answered++;
      return answered;
    };
    // Two full buckets, of which the first answer reads the leaves: 4.6 ms of a quarter of a second.
    const first = await untilBusy(ask);
    expect(first).toBeGreaterThan(10);
    expect(first).toBeLessThan(60);
    // A new id has its own share, and all of them together half a second.
    expect(await untilBusy(askAsAnother)).toBeLessThan(60);
    expect(await untilBusy(await asker("a third"))).toBeLessThan(5);
    expect(await isBusy(askAsFriend)).toBe(false);
    await world.clock.advance(1000);
    expect(await isBusy(ask)).toBe(false);
  });

  it("spends on rounds with strangers no more than strangers may cost, and keeps nothing of it against them", async () => {
    let given = 0;
    const ledger = filled(10);
    const { ingest } = ledger;
    // A millisecond for each statement, as a new head costs.
    const costly: Ingest = (statement, _from, spend) => {
      spend(1000);
      return ingest(statement);
    };
    const node = await world.node("victim", Object.assign(ledger, { ingest: costly }), {}, () => false);
    const said = {
      auditor: "a.example",
      namespace: NS,
      epoch: 3,
      digest: digestOf(3),
      completeness: 3,
      ink: 0,
    } as const;
    const network = new MemoryNetwork({ peerId: "stranger", topics: [] }, world);
    network.handle(HEAD_SYNC_PROTOCOL, async (bytes) => {
      const request = decodeSyncRequest(bytes);
      if (request.type === "summary") return encodeSyncResponse(different());
      if (request.type === "buckets") {
        const listed = Array.from({ length: 4000 }, (_, i) => ({ bucket: 9000 - i, tag: TAG }));
        return encodeSyncResponse({ type: "buckets", buckets: listed, more: false });
      }
      if (request.type === "leaves") {
        const leaves = Array.from({ length: 1024 }, (_, offset) => ({ offset, tag: TAG }));
        return encodeSyncResponse({ type: "leaves", buckets: [leaves] });
      }
      if (request.type !== "statements") return encodeSyncResponse(NOTHING);
      const statements = request.epochs.map(() => statementOf(said));
      given += statements.length;
      return encodeSyncResponse({ type: "statements", answered: request.epochs.length, statements });
    });
    await network.start();
    await node.network.dial(network.addresses(), NEVER);
    await world.clock.advance(10_000);
    // A quarter of a second at once, a tenth in each second.
    expect(given).toBeGreaterThan(1000);
    expect(given).toBeLessThan(1250 + 256);
    await world.clock.advance(115_000);
    expect(node.sync.status()).toMatchObject([{ lastError: { code: "SYNC_OVER_BUDGET" } }]);
    const before = given;
    await world.clock.advance(66_000);
    expect(given).toBeGreaterThan(before);
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
