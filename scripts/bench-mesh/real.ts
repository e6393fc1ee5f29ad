/** An experiment with this project's libp2p nodes in one process, over TCP on loopback, behind wires that delay. */
import { type GossipSub, type GossipSubComponents, gossipsub } from "@libp2p/gossipsub";
import { silentLogger } from "../../src/core/log.ts";
import { createLibp2pNetwork } from "../../src/gossip/libp2p-network.ts";
import type { Network } from "../../src/gossip/network.ts";
import { systemClock } from "../../src/node/system.ts";
import { DelayProxy } from "./delay-proxy.ts";
import { type Delivery, hopsOf, type Observation } from "./observation.ts";
import type { Experiment } from "./topology.ts";

const TOPIC = "/coaudit/1/example";
const NEVER = new AbortController().signal;

export interface RealObservation extends Observation {
  /** Of one core, while messages travelled. */
  readonly cpuShare: number;
  readonly failedDials: number;
  /** Mean time of a dial, ms. */
  readonly dialMs: number;
}

export async function observeReal(
  experiment: Experiment,
  onProgress: (what: string) => void,
): Promise<RealObservation> {
  const spy = new GossipSpy();
  const deliveries: Delivery[] = [];
  const publishedMs: number[] = [];
  const networks: Network[] = [];
  const proxies: DelayProxy[] = [];
  try {
    for (let node = 0; node < experiment.nodes; node++) {
      const seed = new Uint8Array(32).fill(7);
      new DataView(seed.buffer).setUint32(0, node);
      const network = await createLibp2pNetwork(
        {
          privateKey: seed,
          listen: ["/ip4/127.0.0.1/tcp/0"],
          topics: [TOPIC],
          // All nodes share one host.
          limits: { inboundPerHostPerSecond: 10_000, maxStrangers: 10_000 },
        },
        { clock: systemClock, logger: silentLogger },
      );
      network.subscribe(TOPIC, async (data, from) => {
        const message = new DataView(data.buffer, data.byteOffset).getUint32(0);
        const latencyMs = performance.now() - (publishedMs[message] ?? 0);
        deliveries.push({ message, node, from: networks.findIndex(({ peerId }) => peerId === from), latencyMs });
        return "accept";
      });
      await network.start();
      networks.push(network);
      const port = Number(/\/tcp\/(\d+)/.exec(network.addresses()[0] ?? "")?.[1]);
      proxies.push(await DelayProxy.open(port, experiment.delayMs));
    }
    const startMs = performance.now();
    const until = (atMs: number): Promise<void> => systemClock.sleep(Math.max(0, startMs + atMs - performance.now()));
    let failedDials = 0;
    let dialledMs = 0;
    for (const { atMs, from, to } of experiment.dials) {
      await until(atMs);
      const beganMs = performance.now();
      networks[from]
        ?.dial([`/ip4/127.0.0.1/tcp/${proxies[to]?.port}/p2p/${networks[to]?.peerId}`], NEVER)
        .then(() => {
          dialledMs += performance.now() - beganMs;
        })
        .catch(() => failedDials++);
    }
    onProgress(`${experiment.dials.length} connections dialled`);
    let meshDegrees: number[] | undefined;
    let cpuFrom = process.cpuUsage();
    let wallFromMs = performance.now();
    for (const [message, { atMs, from }] of experiment.publications.entries()) {
      await until(atMs);
      if (meshDegrees === undefined) {
        meshDegrees = networks.map(({ peerId }) => spy.meshDegree(peerId));
        cpuFrom = process.cpuUsage();
        wallFromMs = performance.now();
        spy.reset();
        onProgress("meshes settled");
      }
      const data = new Uint8Array(experiment.messageBytes);
      new DataView(data.buffer).setUint32(0, message);
      publishedMs[message] = performance.now();
      await networks[from]?.publish(TOPIC, data);
    }
    await until(experiment.endMs);
    const cpu = process.cpuUsage(cpuFrom);
    return {
      hops: hopsOf(deliveries),
      latenciesMs: deliveries.map(({ latencyMs }) => latencyMs),
      expectedDeliveries: experiment.publications.length * (experiment.nodes - 1),
      copiesPerNode: spy.messages / experiment.publications.length / experiment.nodes,
      meshDegrees: meshDegrees ?? [],
      cpuShare: (cpu.user + cpu.system) / 1000 / (performance.now() - wallFromMs),
      failedDials,
      dialMs: dialledMs / (experiment.dials.length - failedDials),
    };
  } finally {
    await Promise.all(networks.map((network) => network.stop()));
    for (const proxy of proxies) proxy.close();
    spy.end();
  }
}

type Internals = GossipSub & {
  mesh: Map<string, Set<string>>;
  components: { peerId: { toString(): string } };
  handleReceivedRpc(from: unknown, rpc: { messages: unknown[] }): Promise<void>;
};

/** Counts what gossipsub of every node receives, in its own method, because nobody outside is told of duplicates. */
class GossipSpy {
  messages = 0;
  readonly #instances: Map<string, Internals> = new Map();
  readonly #prototype: Internals;
  readonly #original: Internals["handleReceivedRpc"];

  constructor() {
    const logger = { forComponent: () => Object.assign(() => {}, { error: () => {}, trace: () => {} }) };
    const sample = gossipsub()({ logger } as unknown as GossipSubComponents);
    this.#prototype = Object.getPrototypeOf(sample) as Internals;
    this.#original = this.#prototype.handleReceivedRpc;
    const spy = this;
    this.#prototype.handleReceivedRpc = function (this: Internals, from, rpc) {
      spy.messages += rpc.messages.length;
      spy.#instances.set(this.components.peerId.toString(), this);
      return spy.#original.call(this, from, rpc);
    };
  }

  meshDegree(peerId: string): number {
    return this.#instances.get(peerId)?.mesh.get(TOPIC)?.size ?? 0;
  }

  reset(): void {
    this.messages = 0;
  }

  end(): void {
    this.#prototype.handleReceivedRpc = this.#original;
  }
}
