/** What a running node did since its start, in numbers: for whoever measures it. */
import type { CostReport } from "../gossip/cost/cost-budget.ts";
import type { Verdict } from "../gossip/network.ts";
import type { SyncReport } from "../gossip/sync/sync-counters.ts";
import { verdictOf } from "../gossip/verdicts.ts";
import type { HeadCount } from "../ledger/head-counts.ts";
import type { NodeParts } from "./parts.ts";

export interface NodeMeasures {
  /** Heads that arrived, this node's own among them. */
  readonly heads: readonly (HeadCount & { readonly verdict: Verdict })[];
  readonly sync: SyncReport;
  /** What peers made this node do, and what it refused to do for them. */
  readonly budget: Readonly<Record<"roster" | "strangers", CostReport>>;
  /** Connected now. */
  readonly peers: Readonly<Record<"roster" | "strangers", number>>;
}

export function nodeMeasures({ ledger, sync, budget, network, peerNames }: NodeParts): NodeMeasures {
  const peers = network.peers();
  const roster = peers.filter((peer) => peerNames.auditorOf(peer) !== undefined).length;
  return {
    heads: ledger.headCounts.report().map((one) => ({ ...one, verdict: verdictOf(one.outcome) })),
    sync: sync.report(),
    budget: budget.report(),
    peers: { roster, strangers: peers.length - roster },
  };
}
