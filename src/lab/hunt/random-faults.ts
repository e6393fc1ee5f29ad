/** Single faults of a hunt's worlds, and how they come one after the other. */
import type { RandomStream } from "../../simulator/engine/random-streams.ts";
import { downtimeOf } from "../../simulator/scenario/downtime.ts";
import type { Fault } from "../../simulator/scenario/scenario.ts";

export const EPOCH_MS = 60_000;

export class FaultDraw {
  readonly #random: RandomStream;
  /** When the last epoch appears. */
  readonly #endMs: number;

  constructor(random: RandomStream, endMs: number) {
    this.#random = random;
    this.#endMs = endMs;
  }

  crash(node: string): Fault {
    const kinds = ["kill", "power-cut", "stop"] as const;
    const kind = kinds[this.#random.below(kinds.length)] ?? "kill";
    return {
      kind,
      node,
      atMs: timeBelow(this.#random, this.#endMs),
      downMs: 100 + timeBelow(this.#random, 2 * EPOCH_MS),
    };
  }

  trouble(node: string): Fault {
    const atMs = timeBelow(this.#random, this.#endMs);
    const forMs = timeBelow(this.#random, 5 * EPOCH_MS);
    switch (this.#random.below(4)) {
      case 0:
        return { kind: "disk-full", node, atMs, forMs };
      case 1:
        return { kind: "disk-error", node, atMs, forMs };
      case 2: {
        const byMs = (this.#random.chance(0.5) ? 1 : -1) * timeBelow(this.#random, 30 * EPOCH_MS);
        return { kind: "clock-jump", node, atMs, forMs, byMs };
      }
      default:
        return { kind: "join-late", node, atMs };
    }
  }

  /** What was written, and synced, is gone. */
  loss(node: string): Fault {
    const atMs = timeBelow(this.#random, this.#endMs);
    return this.#random.chance(0.6)
      ? { kind: "restore-backup", node, atMs, downMs: 5_000, ageMs: timeBelow(this.#random, 20 * EPOCH_MS) }
      : { kind: "lost-claims", node, atMs, downMs: 5_000, records: 1 + this.#random.below(4) };
  }

  secondVoice(node: string): Fault {
    const atMs = timeBelow(this.#random, this.#endMs * 0.8);
    return this.#random.chance(0.5)
      ? { kind: "stolen-key", node, atMs, epochs: 1 + this.#random.below(3) }
      : {
          kind: "second-machine",
          node,
          atMs,
          forMs: 10 * EPOCH_MS,
          shown: this.#random.chance(0.5) ? "main" : "fork",
        };
  }

  mistake(node: string): Fault {
    const atMs = timeBelow(this.#random, this.#endMs);
    return this.#random.chance(0.5)
      ? { kind: "wrong-configuration", node, atMs, forMs: timeBelow(this.#random, 20 * EPOCH_MS) }
      : { kind: "spoiled-proofs", node, atMs, forMs: timeBelow(this.#random, 20 * EPOCH_MS) };
  }
}

/** A whole number of milliseconds below `belowMs`. */
export function timeBelow(random: RandomStream, belowMs: number): number {
  return random.below(Math.max(1, Math.floor(belowMs)));
}

export function isApart(one: Fault, other: Fault): boolean {
  const [a, b] = [downtimeOf(one), downtimeOf(other)];
  return Math.max(a.to, a.from) < b.from || Math.max(b.to, b.from) < a.from;
}

export function inOrder(faults: readonly Fault[]): Fault[] {
  return [...faults].sort((a, b) => a.atMs - b.atMs || (a.node < b.node ? -1 : 1));
}
