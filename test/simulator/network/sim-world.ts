/** A small world for tests: a scheduler, a hub, and networks of named nodes under one virtual clock. */
import type { Clock } from "../../../src/core/clock.ts";
import type { Verdict } from "../../../src/gossip/network.ts";
import type { Drain } from "../../../src/simulator/engine/drain.ts";
import { Incarnation } from "../../../src/simulator/engine/incarnation.ts";
import { RandomStreams } from "../../../src/simulator/engine/random-streams.ts";
import { Scheduler } from "../../../src/simulator/engine/scheduler.ts";
import { SimHub, type SimHubOptions } from "../../../src/simulator/network/sim-hub.ts";
import { SimNetwork } from "../../../src/simulator/network/sim-network.ts";

export const TOPIC = "/coaudit/1/example";
export const NEVER: AbortSignal = new AbortController().signal;

export const PERFECT: SimHubOptions = {
  gossip: "mesh",
  latencyMs: 100,
  lossRate: 0,
  duplicateRate: 0,
  partitions: [],
  links: [],
};

export interface SimNode {
  readonly name: string;
  readonly peerId: string;
  readonly incarnation: Incarnation;
  readonly network: SimNetwork;
  /** Every first delivery: what, when in ms, and who passed it on. */
  readonly heard: { readonly text: string; readonly atMs: number; readonly from: string }[];
  /** "connect peer-b 300": what happened to whom, and when in ms. */
  readonly events: string[];
  verdict: Verdict;
}

export class SimWorld {
  readonly scheduler: Scheduler;
  readonly streams: RandomStreams;
  readonly hub: SimHub;
  readonly #topics: readonly string[];
  readonly #lives: Map<string, number> = new Map();

  constructor(
    options: {
      readonly network?: Partial<SimHubOptions>;
      readonly seed?: number;
      readonly drain?: Drain;
      readonly topics?: readonly string[];
    } = {},
  ) {
    this.scheduler = new Scheduler({ drain: options.drain ?? "fast" });
    this.streams = new RandomStreams(options.seed ?? 1);
    this.hub = new SimHub({ ...PERFECT, ...options.network }, { scheduler: this.scheduler, streams: this.streams });
    this.#topics = options.topics ?? [TOPIC];
  }

  get nowMs(): number {
    return this.scheduler.nowUs / 1000;
  }

  run(ms: number): Promise<void> {
    return this.scheduler.run(this.scheduler.nowUs + ms * 1000);
  }

  network(name: string, incarnation: Incarnation = this.#life(name)): SimNetwork {
    const clock: Clock = {
      now: () => Math.floor(this.nowMs),
      elapsedMs: () => this.nowMs,
      sleep: (ms, signal) => this.#sleep(incarnation, ms, signal),
    };
    return new SimNetwork(
      { peerId: `peer-${name}`, topics: this.#topics },
      {
        hub: this.hub,
        incarnation,
        clock,
        random: this.streams.stream("network", name, incarnation.life),
      },
    );
  }

  async node(name: string): Promise<SimNode> {
    const incarnation = this.#life(name);
    const network = this.network(name, incarnation);
    const node: SimNode = {
      name,
      peerId: network.peerId,
      incarnation,
      network,
      heard: [],
      events: [],
      verdict: "accept",
    };
    for (const topic of this.#topics) {
      network.subscribe(topic, async (data, from) => {
        node.heard.push({ text: new TextDecoder().decode(data), atMs: this.nowMs, from });
        return node.verdict;
      });
    }
    network.onPeer((peer, event) => node.events.push(`${event} ${peer} ${this.nowMs}`));
    await network.start();
    return node;
  }

  nodes(count: number): Promise<SimNode[]> {
    return Promise.all(Array.from({ length: count }, (_, i) => this.node(`n${String(i + 1).padStart(4, "0")}`)));
  }

  /** Dials without waiting: the answer comes while the world runs. */
  dial(from: SimNode, to: SimNode): void {
    from.network.dial([`/memory/${to.peerId}`], new AbortController().signal).catch(() => {});
  }

  /** Each node dials `degree` of the others at random, so that a node has about twice as many connections. */
  connectAtRandom(nodes: readonly SimNode[], degree: number): void {
    const random = this.streams.stream("topology");
    for (const node of nodes) {
      for (const other of random.sample(
        nodes.filter((candidate) => candidate !== node),
        degree,
      )) {
        this.dial(node, other);
      }
    }
  }

  connectAll(nodes: readonly SimNode[]): void {
    nodes.forEach((node, i) => {
      for (const other of nodes.slice(i + 1)) this.dial(node, other);
    });
  }

  #life(name: string): Incarnation {
    const life = (this.#lives.get(name) ?? 0) + 1;
    this.#lives.set(name, life);
    return new Incarnation(name, life, this.scheduler);
  }

  #sleep(incarnation: Incarnation, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const event = incarnation.schedule(Math.round(ms * 1000), () => {
        signal?.removeEventListener("abort", wake);
        resolve();
        return true;
      });
      const wake = (): void => {
        event.cancel();
        resolve();
      };
      signal?.addEventListener("abort", wake, { once: true });
    });
  }
}

export function text(bytes: string): Uint8Array {
  return new TextEncoder().encode(bytes);
}
