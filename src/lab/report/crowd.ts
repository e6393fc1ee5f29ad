/** Many nodes as one lane: how many of them are in which state, over time. */
import { type Crowd, type Role, STATES, type StateName, type TimelineNode } from "./timeline.ts";

/** More steps than a screen has pixels; beyond that they are thinned out. */
const MAX_STEPS = 4_000;

/**
 * One number more than `states`: the nodes that are down, whatever they know. Clients count from their first answer.
 */
export function crowdOf(role: Role, members: readonly TimelineNode[], states: readonly StateName[]): Crowd {
  const changes = members.flatMap((node) => changesOf(node, states)).sort((a, b) => a.atUs - b.atUs);
  const counts = [...states, "down"].map(() => 0);
  const steps: number[][] = [];
  for (const [i, { atUs, from, to }] of changes.entries()) {
    if (from >= 0) counts[from] = (counts[from] ?? 0) - 1;
    if (to >= 0) counts[to] = (counts[to] ?? 0) + 1;
    if (changes[i + 1]?.atUs !== atUs) steps.push([atUs, ...counts]);
  }
  return { role, count: members.length, states, steps: thinned(steps) };
}

interface Change {
  readonly atUs: number;
  /** Places among the counts; -1: not counted. */
  readonly from: number;
  readonly to: number;
}

function changesOf(node: TimelineNode, states: readonly StateName[]): Change[] {
  const downPlace = states.length;
  const times = new Set([
    ...node.states.map(([atUs]) => atUs),
    ...node.down.map(([from]) => from),
    ...node.down.map(([, to]) => to),
  ]);
  const changes: Change[] = [];
  let last = -1;
  for (const atUs of [...times].sort((a, b) => a - b)) {
    const isDown = node.down.some(([from, to]) => from <= atUs && atUs < to);
    const state = node.states.findLast(([from]) => from <= atUs)?.[1];
    const now = isDown ? downPlace : state === undefined ? -1 : states.indexOf(STATES[state] as StateName);
    if (now !== last) changes.push({ atUs, from: last, to: now });
    last = now;
  }
  return changes;
}

function thinned(steps: number[][]): number[][] {
  if (steps.length <= MAX_STEPS) return steps;
  const every = Math.ceil(steps.length / MAX_STEPS);
  return steps.filter((_, i) => i % every === 0 || i === steps.length - 1);
}
