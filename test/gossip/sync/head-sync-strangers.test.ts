/** What strangers may ask of head sync, and what asking them may cost. */
import { afterEach, describe, expect, it } from "vitest";
import { utf8 } from "../../../src/core/bytes.ts";
import { decodeSyncResponse, encodeSyncRequest } from "../../../src/gossip/sync/sync-codec.ts";
import { HEAD_SYNC_PROTOCOL } from "../../../src/gossip/sync/sync-frames.ts";
import type { Ingest } from "../../../src/gossip/sync/sync-round.ts";
import { MemoryNetwork } from "../../support/memory-network.ts";
import { bucketsOf, headOf, SERIES, scriptedPeer } from "./scripted-peer.ts";
import { filled, NEVER, World } from "./sync-world.ts";

let world = new World();
afterEach(async () => {
  await world.stop();
  world = new World();
});

describe("head sync with strangers", () => {
  it("lets strangers have one round at a time, so that roster peers need not wait for them", async () => {
    const ledger = filled(10);
    const node = await world.node("victim", ledger, {}, (peer) => peer === "good");
    for (let i = 0; i < 5; i++) {
      const { network } = await scriptedPeer(world, `stranger-${i}`, () => undefined);
      await node.network.dial(network.addresses(), NEVER);
    }
    const good = await world.node("good", filled(12));
    await world.connect(node, good);
    await world.clock.advance(1);
    expect(node.synced).toEqual(["good"]);
  });

  it("answers a stranger up to its share, and refuses what is not a request", async () => {
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

  it("spends no more on rounds with strangers than they may cost, and does not hold it against them", async () => {
    let given = 0;
    const ledger = filled(10);
    const { ingest } = ledger;
    // A millisecond for each statement, as a new head costs.
    const costly: Ingest = (statement, _from, spend) => {
      spend(1000);
      return ingest(statement);
    };
    const node = await world.node("victim", Object.assign(ledger, { ingest: costly }), {}, () => false);
    const statement = (): Uint8Array => {
      given++;
      return headOf(3);
    };
    const { network } = await scriptedPeer(world, "stranger", (request) =>
      bucketsOf(request, { buckets: 4000, leaves: 1023, statement }),
    );
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
});
