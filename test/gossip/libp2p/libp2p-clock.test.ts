/** What setting this machine's clock does to connections: nothing. */
import { afterEach, expect, it, vi } from "vitest";
import { silentLogger } from "../../../src/core/log.ts";
import { keepsTermsBySteadyClock } from "../../../src/gossip/libp2p/gossip-internals.ts";
import { createLibp2pNetwork } from "../../../src/gossip/libp2p/libp2p-network.ts";
import type { Network, Verdict } from "../../../src/gossip/network.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { costBudget } from "../../support/budgets.ts";
import { bytes, eventually, TOPIC } from "../network-contract.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const stop of stops.splice(0).reverse()) await stop();
});

const heard: Map<Network, string[]> = new Map();

async function node(index: number, verdict: Verdict = "accept"): Promise<Network> {
  const network = await createLibp2pNetwork(
    {
      privateKey: new Uint8Array(32).fill(index),
      listen: ["/ip4/127.0.0.1/tcp/0"],
      topics: [TOPIC],
      limits: { pingIntervalMs: 50, pingTimeoutMs: 2_000 },
    },
    { clock: systemClock, log: silentLogger },
  );
  const messages: string[] = [];
  heard.set(network, messages);
  network.subscribe(TOPIC, async (data) => {
    messages.push(new TextDecoder().decode(data));
    return verdict;
  });
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

/** What one node sent, and another one sends again after the clocks were set. */
async function heardBefore(clocks: { readonly before: () => void; readonly after: () => void }): Promise<string[]> {
  // What it ignores it does not pass on, so that the third one has not seen the message.
  const [a, b, c] = [await node(1), await node(2, "ignore"), await node(3)];
  const messages = heard.get(b) ?? [];
  const publish = async (from: Network, text: string): Promise<void> => {
    await from.publish(TOPIC, bytes(text));
  };
  clocks.before();
  await a.dial(b.addresses(), new AbortController().signal);
  for (let probe = 0; messages.length === 0; probe++) {
    await publish(a, `probe ${probe}`);
    await systemClock.sleep(20);
  }
  const again = messages[0] ?? "";
  clocks.after();
  // Two heartbeats: what is not due any more is forgotten at one.
  await systemClock.sleep(2_100);
  await c.dial(b.addresses(), new AbortController().signal);
  await eventually(() => b.peers().length === 2);
  for (let marker = 0; !messages.some((text) => text.startsWith("marker")); marker++) {
    await publish(c, `marker ${marker}`);
    await systemClock.sleep(20);
  }
  await publish(c, again);
  await publish(c, "the last");
  await eventually(() => messages.includes("the last"));
  return messages.filter((text) => text === again);
}

const YEARS_MS = 12 * 365 * 86_400_000;

it("a step ahead does not make a message new again", async () => {
  const trueNow = Date.now;
  const step = (): void => void vi.spyOn(Date, "now").mockImplementation(() => trueNow() + YEARS_MS);
  expect(await heardBefore({ before: () => {}, after: step })).toHaveLength(1);
});

it("what was remembered in 2038 is forgotten after two minutes, not in 2038", async () => {
  const [trueNow, trueElapsed] = [Date.now, performance.now.bind(performance)];
  const before = (): void => void vi.spyOn(Date, "now").mockImplementation(() => trueNow() + YEARS_MS);
  const after = (): void => {
    vi.restoreAllMocks();
    vi.spyOn(performance, "now").mockImplementation(() => trueElapsed() + 130_000);
  };
  expect(await heardBefore({ before, after })).toHaveLength(2);
});

it("a gossipsub whose terms are those of the wall clock is told from ours", () => {
  expect(keepsTermsBySteadyClock({ acceptFrom: (until: number): boolean => until > Date.now() })).toBe(false);
  expect(keepsTermsBySteadyClock({})).toBe(false);
});

it("a node says so where its gossipsub is not patched, and not where it is", async () => {
  const warned: string[] = [];
  const log = { ...silentLogger, warn: (_: unknown, message: string) => void warned.push(message) };
  const network = await createLibp2pNetwork(
    { privateKey: new Uint8Array(32).fill(9), listen: ["/ip4/127.0.0.1/tcp/0"], topics: [] },
    { clock: systemClock, log },
  );
  await network.start(costBudget());
  await network.stop();
  expect(warned).toEqual([]);
});
