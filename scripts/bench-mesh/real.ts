/** Runs an experiment with real libp2p nodes in one process, over TCP on loopback, through proxies that add delay. */
import { silentLogger } from "../../src/core/log.ts";
import { CostBudget } from "../../src/gossip/cost/cost-budget.ts";
import { createLibp2pNetwork } from "../../src/gossip/libp2p/libp2p-network.ts";
import type { Network } from "../../src/gossip/network.ts";
import { systemClock } from "../../src/platform/system.ts";
import { DelayProxy } from "./delay-proxy.ts";
import { GossipSpy } from "./gossip-spy.ts";
import { type Delivery, hopsOf, mean, type Observation } from "./observation.ts";
import type { Experiment } from "./topology.ts";

const TOPIC = "/coaudit/1/example";
const NEVER = new AbortController().signal;
/**
 * Longer than any experiment. A node pings all its peers at once every 10 s from its start, and nodes in one process
 * start together: with 2 x 630 connection ends on a busy machine, answers took longer than the 5 s allowed, and all
 * connections were cut at once.
 */
const PING_INTERVAL_MS = 3_600_000;
/**
 * Attempts for each connection. Dials fail when other work stops this process for seconds (11 of 1,500 beside a
 * compiler).
 */
const MAX_DIALS = 5;
/** How long the first message may be delayed because nodes do not know all their peers yet. */
const MAX_LATE_MS = 60_000;

export interface RealObservation extends Observation {
  /** Share of one core used while messages travelled. */
  readonly cpuShare: number;
  /**
   * Connection ends whose node would publish to the other side: the fewest seen while messages travelled, and how many
   * there should be.
   */
  readonly audience: { readonly least: number; readonly of: number };
  /** Mean time of a dial, ms. */
  readonly dialMs: number;
}

interface RealNode {
  readonly network: Network;
  readonly wire: DelayProxy;
}

export async function observeReal(
  experiment: Experiment,
  onProgress: (what: string) => void,
): Promise<RealObservation> {
  const spy = new GossipSpy(TOPIC);
  const deliveries: Delivery[] = [];
  const publishedMs: number[] = [];
  const nodes: RealNode[] = [];
  try {
    for (let node = 0; node < experiment.nodes; node++) {
      nodes.push(await startNode(node, experiment.delayMs));
      nodes[node]?.network.subscribe(TOPIC, async (data, from) => {
        const message = new DataView(data.buffer, data.byteOffset).getUint32(0);
        const latencyMs = performance.now() - (publishedMs[message] ?? 0);
        deliveries.push({ message, node, from: nodes.findIndex(({ network }) => network.peerId === from), latencyMs });
        return "accept";
      });
    }
    const startMs = performance.now();
    let lateMs = 0;
    const until = (atMs: number): Promise<void> =>
      systemClock.sleep(Math.max(0, startMs + lateMs + atMs - performance.now()));
    const dialTimesMs = await dialAll(experiment, nodes, until);
    onProgress(`${experiment.dials.length} connections dialled`);

    const all = 2 * experiment.dials.length;
    const audience = (): number => nodes.reduce((total, { network }) => total + spy.audienceOf(network.peerId), 0);
    const firstMs = experiment.publications[0]?.atMs ?? 0;
    await until(firstMs);
    for (; audience() < all && lateMs < MAX_LATE_MS; lateMs += 1000) await until(firstMs + 1000);
    onProgress(`${audience()} of ${all} ends know their peers, ${lateMs / 1000} s later than planned`);

    let least = audience();
    const meshDegrees = nodes.map(({ network }) => spy.meshDegree(network.peerId));
    const cpuFrom = process.cpuUsage();
    const wallFromMs = performance.now();
    spy.reset();
    for (const [message, { atMs, from }] of experiment.publications.entries()) {
      await until(atMs);
      least = Math.min(least, audience());
      const data = new Uint8Array(experiment.messageBytes);
      new DataView(data.buffer).setUint32(0, message);
      publishedMs[message] = performance.now();
      await nodes[from]?.network.publish(TOPIC, data);
    }
    await until(experiment.endMs);
    const cpu = process.cpuUsage(cpuFrom);
    return {
      hops: hopsOf(deliveries),
      latenciesMs: deliveries.map(({ latencyMs }) => latencyMs),
      expectedDeliveries: experiment.publications.length * (experiment.nodes - 1),
      copiesPerNode: spy.messages / experiment.publications.length / experiment.nodes,
      meshDegrees,
      cpuShare: (cpu.user + cpu.system) / 1000 / (performance.now() - wallFromMs),
      audience: { least: Math.min(least, audience()), of: all },
      dialMs: mean(dialTimesMs),
    };
  } finally {
    await Promise.all(nodes.map(({ network }) => network.stop()));
    for (const { wire } of nodes) wire.close();
    spy.end();
  }
}

async function startNode(node: number, delayMs: number): Promise<RealNode> {
  const seed = new Uint8Array(32).fill(7);
  new DataView(seed.buffer).setUint32(0, node);
  const network = await createLibp2pNetwork(
    {
      privateKey: seed,
      listen: ["/ip4/127.0.0.1/tcp/0"],
      topics: [TOPIC],
      // All nodes share one host.
      limits: { maxStrangers: 10_000, pingIntervalMs: PING_INTERVAL_MS },
    },
    { clock: systemClock, log: silentLogger },
  );
  // Only the mesh is measured: all nodes are in one roster, and budgets do not matter.
  await network.start(new CostBudget({}, { elapsed: systemClock, isRosterPeer: () => true }));
  const port = Number(/\/tcp\/(\d+)/.exec(network.addresses()[0] ?? "")?.[1]);
  return { network, wire: await DelayProxy.open(port, delayMs) };
}

/** How long each dial took; grows while dialling. */
async function dialAll(
  { dials }: Experiment,
  nodes: readonly RealNode[],
  until: (atMs: number) => Promise<void>,
): Promise<readonly number[]> {
  const timesMs: number[] = [];
  const dial = async (network: Network, address: string): Promise<void> => {
    for (let attempt = 0; attempt < MAX_DIALS; attempt++) {
      const beganMs = performance.now();
      try {
        await network.dial([address], NEVER);
        timesMs.push(performance.now() - beganMs);
        return;
      } catch {
        // A connection that is never made is missing from the audience.
      }
    }
  };
  for (const { atMs, from, to } of dials) {
    await until(atMs);
    const [dialler, target] = [nodes[from], nodes[to]];
    if (dialler === undefined || target === undefined) continue;
    void dial(dialler.network, `/ip4/127.0.0.1/tcp/${target.wire.port}/p2p/${target.network.peerId}`);
  }
  return timesMs;
}
