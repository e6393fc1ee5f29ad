/** What the wires of a world are like. A NetworkScenario is one. */
import type { LinkSchedule, NetworkScenario, Partition } from "../scenario/scenario.ts";

export interface LinkConditions {
  readonly latencyMs: NetworkScenario["latencyMs"];
  readonly lossRate: number;
  readonly duplicateRate: number;
  readonly partitions: readonly Partition[];
  readonly links: readonly LinkSchedule[];
}

/** Microseconds, the end excluded. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** When a message from one node to the other can't cross, ascending and joined. */
export function cutsBetween(from: string, to: string, partitions: readonly Partition[]): readonly Span[] {
  const spans = partitions
    .filter((partition) => groupOf(from, partition) !== groupOf(to, partition))
    .map((partition) => ({ fromUs: partition.fromMs * 1000, toUs: partition.toMs * 1000 }))
    .sort((a, b) => a.fromUs - b.fromUs);
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last === undefined || span.fromUs > last.toUs) joined.push(span);
    else joined[joined.length - 1] = { fromUs: last.fromUs, toUs: Math.max(last.toUs, span.toUs) };
  }
  return joined;
}

/** Everybody who is in none of the groups belongs to one more, -1. */
function groupOf(name: string, partition: Partition): number {
  return partition.groups.findIndex((group) => group.includes(name));
}

/** The schedules that hold for messages from one node to the other. */
export function schedulesBetween(from: string, to: string, links: readonly LinkSchedule[]): readonly LinkSchedule[] {
  return links.filter(
    (link) => (link.from === from && link.to === to) || (!link.oneWay && link.from === to && link.to === from),
  );
}
