/** Who dials whom and when, for real nodes and for the model alike. */
import { RandomStreams } from "../../src/simulator/engine/random-streams.ts";

export interface Dial {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
}

export interface Publication {
  /** Since the first dial. */
  readonly atMs: number;
  readonly from: number;
}

export interface Experiment {
  readonly title: string;
  readonly nodes: number;
  /** One way, on every link. */
  readonly delayMs: number;
  readonly dials: readonly Dial[];
  readonly publications: readonly Publication[];
  readonly messageBytes: number;
  readonly endMs: number;
}

/** Both ends of a handshake cost the process 36 ms of work; dials in quicker succession would delay each other. */
const DIAL_EVERY_MS = 60;
/** Meshes settle within some heartbeats of the last dial; after a minute the first backoffs end. */
const SETTLE_MS = 30_000;
const PUBLISH_EVERY_MS = 1_300;
/**
 * Nodes announce a message by IHAVE for three heartbeats, which takes 55 % of a core over 2,016 links; then two
 * heartbeats of rest.
 */
const MANY_LINKS = 1_000;
const PUBLISH_EVERY_WITH_MANY_LINKS_MS = 5_000;
const MIN_DELIVERIES = 2_000;

export interface ExperimentOptions {
  readonly nodes: number;
  readonly delayMs: number;
  /** How many others each node dials; all: every pair is connected. */
  readonly degree: number | "all";
  readonly messageBytes: number;
  readonly seed: number;
}

export function experiment({ nodes, delayMs, degree, messageBytes, seed }: ExperimentOptions): Experiment {
  const random = new RandomStreams(seed).stream("topology", `${nodes}/${degree}`);
  const pairs = new Map<string, readonly [number, number]>();
  for (let from = 0; from < nodes; from++) {
    const others = Array.from({ length: nodes }, (_, i) => i).filter((i) => i !== from);
    for (const to of degree === "all" ? others : random.sample(others, degree)) {
      const key = from < to ? `${from} ${to}` : `${to} ${from}`;
      // In a full roster, either of a pair may be the one that dials.
      if (!pairs.has(key)) pairs.set(key, degree === "all" && random.chance(0.5) ? [to, from] : [from, to]);
    }
  }
  const order = random.sample([...pairs.values()], pairs.size);
  const dials = order.map(([from, to], i) => ({ atMs: i * DIAL_EVERY_MS, from, to }));
  const firstMs = dials.length * DIAL_EVERY_MS + SETTLE_MS;
  const everyMs = pairs.size > MANY_LINKS ? PUBLISH_EVERY_WITH_MANY_LINKS_MS : PUBLISH_EVERY_MS;
  const publications = Array.from({ length: Math.ceil(MIN_DELIVERIES / (nodes - 1)) + 1 }, (_, i) => ({
    atMs: firstMs + i * everyMs,
    from: random.below(nodes),
  }));
  return {
    title: `${nodes} nodes, ${degree === "all" ? "everybody connected to everybody" : `each dials ${degree} others`}`,
    nodes,
    delayMs,
    dials,
    publications,
    messageBytes,
    endMs: (publications.at(-1)?.atMs ?? 0) + 8_000,
  };
}
