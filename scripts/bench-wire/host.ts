/** The node that is worked: a real network in a process of its own, with budgets that nobody uses up or as they are. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { silentLogger } from "../../src/core/log.ts";
import { CostBudget } from "../../src/gossip/cost/cost-budget.ts";
import { createLibp2pNetwork } from "../../src/gossip/libp2p/libp2p-network.ts";
import { HEAD_SYNC_PROTOCOL } from "../../src/gossip/sync/sync-frames.ts";
import { systemClock } from "../../src/platform/system.ts";

/**
 * What it says to its parent: where it listens; then, whenever it is asked, the time it used so far, and how long its
 * event loop was kept waiting since it was asked before.
 */
export type HostWord =
  | { readonly addresses: readonly string[] }
  | { readonly cpuUs: number; readonly waitP99Ms: number; readonly waitMaxMs: number };

export const TOPIC = "/coaudit/1/bench";
/** Without a place for strangers: they are told so once it is known who they are. */
const FULL = "full";
/** With the budgets that a node has. */
const THRIFTY = "thrifty";
const ENOUGH = { perSecondUs: 1e12, burstUs: 1e12 };

process.on("disconnect", () => process.exit(0));

const network = await createLibp2pNetwork(
  {
    privateKey: new Uint8Array(32).fill(1),
    listen: ["/ip4/127.0.0.1/tcp/0"],
    topics: [TOPIC],
    limits: { maxStrangers: process.argv[2] === FULL ? 0 : 10_000, maxConnectionsPerStranger: 10_000 },
  },
  { clock: systemClock, log: silentLogger },
);
network.subscribe(TOPIC, async () => "ignore");
network.handle(HEAD_SYNC_PROTOCOL, async (request) => request);
const budget = new CostBudget(
  process.argv[2] === THRIFTY ? {} : { strangers: ENOUGH, stranger: ENOUGH, roster: ENOUGH, rosterSavedUs: 1e12 },
  { elapsed: systemClock, isRosterPeer: () => false },
);
await network.start(budget);
const waits = monitorEventLoopDelay({ resolution: 5 });
waits.enable();
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  const [waitP99Ms, waitMaxMs] = [waits.percentile(99) / 1e6, waits.max / 1e6];
  process.send?.({ cpuUs: user + system, waitP99Ms, waitMaxMs } satisfies HostWord);
  waits.reset();
});
process.send?.({ addresses: network.addresses() } satisfies HostWord);
