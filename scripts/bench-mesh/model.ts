/** Runs an experiment with the simulator's model of gossipsub. */
import { Incarnation } from "../../src/simulator/engine/incarnation.ts";
import { RandomStreams } from "../../src/simulator/engine/random-streams.ts";
import { Scheduler } from "../../src/simulator/engine/scheduler.ts";
import { SimHub } from "../../src/simulator/network/sim-hub.ts";
import { SimNetwork } from "../../src/simulator/network/sim-network.ts";
import { type Delivery, hopsOf, mean, type Observation } from "./observation.ts";
import type { Experiment } from "./topology.ts";

const TOPIC = "/coaudit/1/example";
const NEVER = new AbortController().signal;

export async function observeModel(experiment: Experiment, seed: number): Promise<Observation> {
  const scheduler = new Scheduler({ drain: "fast" });
  const streams = new RandomStreams(seed);
  const conditions = { latencyMs: experiment.delayMs, lossRate: 0, duplicateRate: 0, partitions: [], links: [] };
  const hub = new SimHub({ gossip: "mesh", ...conditions }, { scheduler, streams });
  const deliveries: Delivery[] = [];
  const publishedMs: number[] = [];
  const nowMs = (): number => scheduler.nowUs / 1000;
  const names = Array.from({ length: experiment.nodes }, (_, i) => `node-${i}`);
  const networks = names.map((name, node) => {
    const network = new SimNetwork(
      { peerId: name, topics: [TOPIC] },
      {
        hub,
        incarnation: new Incarnation(name, 1, scheduler),
        // Read only for bans and for timeouts of requests, and there are none here.
        clock: { now: nowMs, elapsedMs: nowMs, sleep: () => new Promise(() => {}) },
        random: streams.stream("network", name, 1),
      },
    );
    network.subscribe(TOPIC, async (data, from) => {
      const message = new DataView(data.buffer, data.byteOffset).getUint32(0);
      deliveries.push({ message, node, from: names.indexOf(from), latencyMs: nowMs() - (publishedMs[message] ?? 0) });
      return "accept";
    });
    return network;
  });
  await Promise.all(networks.map((network) => network.start()));
  for (const { atMs, from, to } of experiment.dials) {
    await scheduler.run(atMs * 1000);
    void networks[from]?.dial([`/memory/${names[to]}`], NEVER);
  }
  let meshDegrees: number[] | undefined;
  const copies = (): number => names.reduce((sum, name) => sum + hub.countersOf(name).messagesReceived, 0);
  for (const [message, { atMs, from }] of experiment.publications.entries()) {
    await scheduler.run(atMs * 1000);
    meshDegrees ??= networks.map((network) => network.meshPeers(TOPIC).length);
    const data = new Uint8Array(experiment.messageBytes);
    new DataView(data.buffer).setUint32(0, message);
    publishedMs[message] = nowMs();
    await networks[from]?.publish(TOPIC, data);
  }
  await scheduler.run(experiment.endMs * 1000);
  return {
    hops: hopsOf(deliveries),
    latenciesMs: deliveries.map(({ latencyMs }) => latencyMs),
    expectedDeliveries: experiment.publications.length * (experiment.nodes - 1),
    copiesPerNode: copies() / experiment.publications.length / experiment.nodes,
    meshDegrees: meshDegrees ?? [],
  };
}

/** Joins several runs into one. */
export function pooled(observations: readonly Observation[]): Observation {
  return {
    hops: observations.flatMap(({ hops }) => hops),
    latenciesMs: observations.flatMap(({ latenciesMs }) => latenciesMs),
    expectedDeliveries: observations.reduce((sum, { expectedDeliveries }) => sum + expectedDeliveries, 0),
    copiesPerNode: mean(observations.map(({ copiesPerNode }) => copiesPerNode)),
    meshDegrees: observations.flatMap(({ meshDegrees }) => meshDegrees),
  };
}
