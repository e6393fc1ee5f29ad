/** Nodes that do nothing but head sync, over the memory network and a clock moved by hand. */
import { type Logger, silentLogger } from "../../../src/core/log.ts";
import { CostBudget } from "../../../src/gossip/cost/cost-budget.ts";
import { HeadSync, type HeadSyncOptions } from "../../../src/gossip/sync/head-sync.ts";
import { MemoryHub, MemoryNetwork } from "../../support/memory-network.ts";
import { SeededRandom, VirtualClock } from "../../support/virtual-clock.ts";
import { digestOf, MemoryLedger, type Said } from "./memory-ledger.ts";

export const NS = "example.v1";
export const AUDITORS: readonly string[] = ["a.example", "b.example", "c.example", "d.example", "e.example"];
export const NEVER: AbortSignal = new AbortController().signal;

export interface Node {
  readonly network: MemoryNetwork;
  readonly ledger: MemoryLedger;
  readonly sync: HeadSync;
  readonly synced: string[];
}

export class World {
  readonly hub: MemoryHub = new MemoryHub();
  readonly clock: VirtualClock = new VirtualClock();
  readonly #stops: (() => Promise<void>)[] = [];

  async node(
    peerId: string,
    ledger: MemoryLedger,
    options: HeadSyncOptions = {},
    isRosterPeer: (peer: string) => boolean = () => true,
    log: Logger = silentLogger,
  ): Promise<Node> {
    const network = new MemoryNetwork({ peerId, topics: [] }, this);
    const sync = new HeadSync(options, {
      network,
      ledger,
      ingest: ledger.ingest,
      isRosterPeer,
      budget: new CostBudget({}, { elapsed: this.clock, isRosterPeer }),
      clock: this.clock,
      random: new SeededRandom(peerId.charCodeAt(0)),
      log,
    });
    const synced: string[] = [];
    sync.onSynced((peer) => synced.push(peer));
    await network.start();
    sync.start();
    this.#stops.push(async () => {
      await sync.stop();
      await network.stop();
    });
    return { network, ledger, sync, synced };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#stops.map((stop) => stop()));
  }

  async connect(a: Node, b: Node): Promise<void> {
    await a.network.dial(b.network.addresses(), NEVER);
  }
}

export function say(ledger: MemoryLedger, auditor: string, epoch: number, more: Partial<Said> = {}): void {
  ledger.say({ auditor, namespace: NS, epoch, digest: digestOf(epoch), completeness: 3, ink: 0, ...more });
}

export function filled(epochs: number, roster: readonly string[] = AUDITORS, ink = 0): MemoryLedger {
  const ledger = new MemoryLedger(roster, [NS]);
  for (const auditor of roster) for (let epoch = 1; epoch <= epochs; epoch++) say(ledger, auditor, epoch, { ink });
  return ledger;
}
