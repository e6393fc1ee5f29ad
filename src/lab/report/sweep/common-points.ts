/** Where sweeps that vary different things can be compared: at the values of what all of them vary. */
import { type Axis, pointLabel, type SweepData, type SweepPoint } from "./sweep-data.ts";

export interface CommonPoint {
  readonly label: string;
  /** In the order of the sweeps; undefined where a sweep has no such point. */
  readonly of: readonly (SweepPoint | undefined)[];
}

/** Points by the values of what all sweeps vary; what a sweep varies of its own is held at its first value (heldAt). */
export function commonPoints(sweeps: readonly SweepData[]): CommonPoint[] {
  const [first] = sweeps;
  if (first === undefined) return [];
  const axes = first.axes.filter((axis) => isCommon(axis, sweeps));
  const labels = [...new Set(first.points.map((point) => pointLabel(point, axes)))];
  return labels.map((label) => ({
    label,
    of: sweeps.map(({ points }) => points.find((point) => pointLabel(point, axes) === label)),
  }));
}

/** What this sweep varies and not every other does, and at which value it is compared: `0, the first of 3`. */
export function heldAt(sweep: SweepData, sweeps: readonly SweepData[]): ReadonlyMap<string, string> {
  const own = sweep.axes.filter((axis) => !isCommon(axis, sweeps));
  return new Map(own.map(({ path, values }) => [path, `${values[0]}, the first of ${values.length}`]));
}

/** `at network.lossRate = 0, the first of 3`; empty where all sweeps vary the same. */
export function heldText(sweep: SweepData, sweeps: readonly SweepData[]): string {
  const held = [...heldAt(sweep, sweeps)].map(([path, value]) => `${path} = ${value}`);
  return held.length === 0 ? "" : `at ${held.join("; ")}`;
}

function isCommon({ path }: Axis, sweeps: readonly SweepData[]): boolean {
  return sweeps.every(({ axes }) => axes.some((axis) => axis.path === path));
}
