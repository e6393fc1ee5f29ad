import { afterEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../../src/core/log.ts";
import { createLibp2pNetwork } from "../../../src/gossip/libp2p/libp2p-network.ts";
import type { Network } from "../../../src/gossip/network.ts";
import { HeadSync } from "../../../src/gossip/sync/head-sync.ts";
import { systemClock, systemRandom } from "../../../src/platform/system.ts";
import { costBudget } from "../../support/budgets.ts";
import { eventually } from "../network-contract.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import { AUDITORS, filled, NEVER, NS, say } from "./sync-world.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

describe("head sync over TCP", () => {
  it("brings both nodes to the same ledger", async () => {
    async function node(index: number, ledger: MemoryLedger): Promise<{ network: Network; synced: string[] }> {
      const network = await createLibp2pNetwork(
        { privateKey: new Uint8Array(32).fill(index), listen: ["/ip4/127.0.0.1/tcp/0"], topics: [] },
        { clock: systemClock, log: silentLogger },
      );
      const sync = new HeadSync(
        {},
        {
          network,
          ledger,
          ingest: ledger.ingest,
          isRosterPeer: () => true,
          budget: costBudget({}, () => true),
          clock: systemClock,
          random: systemRandom,
          log: silentLogger,
        },
      );
      const synced: string[] = [];
      sync.onSynced((peer) => synced.push(peer));
      await network.start(costBudget());
      sync.start();
      stops.push(async () => {
        await sync.stop();
        await network.stop();
      });
      return { network, synced };
    }
    const [full, empty] = [filled(3000), new MemoryLedger(AUDITORS, [NS])];
    say(empty, "a.example", 9000);
    const [a, b] = [await node(1, full), await node(2, empty)];
    await a.network.dial(b.network.addresses(), NEVER);
    await eventually(() => a.synced.length > 0 && b.synced.length > 0);
    expect(empty.substance()).toEqual(full.substance());
    expect(full.slots.size).toBe(5 * 3000 + 1);
  });
});
