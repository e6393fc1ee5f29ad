/** What setting this machine's clock does to connections: nothing. */
import { afterEach, expect, it, vi } from "vitest";
import { silentLogger } from "../../../src/core/log.ts";
import { createLibp2pNetwork } from "../../../src/gossip/libp2p/libp2p-network.ts";
import type { Network } from "../../../src/gossip/network.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { costBudget } from "../../support/budgets.ts";
import { eventually, TOPIC } from "../network-contract.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function node(index: number): Promise<Network> {
  const network = await createLibp2pNetwork(
    {
      privateKey: new Uint8Array(32).fill(index),
      listen: ["/ip4/127.0.0.1/tcp/0"],
      topics: [TOPIC],
      limits: { pingIntervalMs: 50, pingTimeoutMs: 2_000 },
    },
    { clock: systemClock, log: silentLogger },
  );
  network.subscribe(TOPIC, async () => "accept");
  await network.start(costBudget());
  stops.push(() => network.stop());
  return network;
}

it.each([-1, 1])("a step of two hours (%i) ends no connection, then or later", async (direction) => {
  const [a, b] = [await node(1), await node(2)];
  const lost: string[] = [];
  a.onPeer((peer, event) => event === "disconnect" && lost.push(peer));
  b.onPeer((peer, event) => event === "disconnect" && lost.push(peer));
  await a.dial([b.addresses()[0] as string], new AbortController().signal);
  await eventually(() => b.peers().length === 1);
  const pings = (): Promise<void> => systemClock.sleep(500);
  await pings();
  const trueNow = Date.now;
  vi.spyOn(Date, "now").mockImplementation(() => trueNow() + direction * 7_200_000);
  await pings();
  vi.restoreAllMocks();
  await pings();
  expect(lost).toEqual([]);
  expect(a.peers()).toEqual([b.peerId]);
});
