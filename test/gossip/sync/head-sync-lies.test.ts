/** Answers that no honest peer gives: a typed error each, a pause, and sync with everybody else. */
import { afterEach, describe, expect, it } from "vitest";
import { utf8 } from "../../../src/core/bytes.ts";
import type { SyncRequest, SyncResponse } from "../../../src/gossip/sync/sync-frames.ts";
import { DIFFERENT, NOTHING, type Reply, scriptedPeer, TAG } from "./scripted-peer.ts";
import { filled, NEVER, World } from "./sync-world.ts";

let world = new World();
afterEach(async () => {
  await world.stop();
  world = new World();
});

function summaryThen(answer: (request: SyncRequest) => Reply): (request: SyncRequest) => Reply {
  return (request) => (request.type === "summary" ? DIFFERENT : answer(request));
}

const LIES: Record<string, [string, (request: SyncRequest) => Reply]> = {
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

describe("head sync with a peer that lies", () => {
  it.each(Object.entries(LIES))(
    "gives up on a peer that answers %s, and pauses longer each time",
    async (_name, [code, answer]) => {
      const node = await world.node("victim", filled(10));
      const bad = await scriptedPeer(world, "liar", answer);
      const good = await world.node("good", filled(12));
      await node.network.dial(bad.network.addresses(), NEVER);
      await world.clock.advance(10);
      expect(node.sync.status()).toMatchObject([{ peer: "liar", lastError: { code } }]);
      expect(bad.rounds).toHaveLength(1);
      expect(bad.requests.length).toBeLessThan(100);
      await world.connect(node, good);
      await world.clock.advance(3_600_000);
      expect(node.ledger.slots.size).toBe(5 * 12);
      expect(node.synced).toContain("good");
      expect(node.synced).not.toContain("liar");
      // After 1, 2, 4, 8, 16 and 32 minutes, at the next time it is chosen.
      expect(bad.rounds.length).toBeGreaterThan(2);
      expect(bad.rounds.length).toBeLessThan(8);
    },
  );
});
