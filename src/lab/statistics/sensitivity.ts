/**
 * How much an estimate changes with each parameter that a sweep varied: one at a time, all others kept, at every
 * setting of the others. What a sweep's summary.json holds under "vary" and "points" is enough for it.
 */
import type { PointEstimates } from "./point-estimates.ts";
import { sum } from "./values.ts";

export interface VariedParameter {
  readonly path: string;
  readonly values: readonly unknown[];
}

export interface SweepPoint {
  readonly values: Readonly<Record<string, unknown>>;
  readonly estimates: PointEstimates;
}

/** A number of a point's estimates; null where it has none, as a median that was not reached. */
export interface Output {
  readonly name: string;
  readonly of: (estimates: PointEstimates) => number | null;
}

export interface SensitivityRow {
  readonly path: string;
  readonly output: string;
  /** The first and the last value of the parameter, as the sweep lists them. */
  readonly from: unknown;
  readonly to: unknown;
  /** Means of the output over all settings of the other parameters at which both ends have one. */
  readonly outputFrom: number | null;
  readonly outputTo: number | null;
  readonly change: number | null;
  /**
   * The smallest and the largest change over those settings: far apart, the parameter acts together with another one.
   */
  readonly leastChange: number | null;
  readonly mostChange: number | null;
  /**
   * Change of the output in per cent for 1 % of the parameter, between the ends (on logarithms); null where either is
   * not a positive number.
   */
  readonly elasticity: number | null;
  readonly settings: number;
  /** Settings at which the output is missing at either end: not counted as no change. */
  readonly unknownSettings: number;
}

/** What a report shows. */
export const OUTPUTS: readonly Output[] = [
  { name: "detected by an honest node (share)", of: ({ detection }) => detection?.firstMs.share.share ?? null },
  { name: "detected by a client (share)", of: ({ detection }) => detection?.clientMs.share.share ?? null },
  { name: "first detection, median (ms)", of: ({ detection }) => detection?.firstMs.median.ms ?? null },
  { name: "every honest node, median (ms)", of: ({ detection }) => detection?.everyHonestMs.median.ms ?? null },
  { name: "client warned, median (ms)", of: ({ detection }) => detection?.clientMs.median.ms ?? null },
  { name: "victim refused, median (ms)", of: ({ detection }) => detection?.victimMs?.median.ms ?? null },
  { name: "owner found it, median (ms)", of: ({ detection }) => detection?.ownerMs?.median.ms ?? null },
  { name: "keys taken on a lie, mean", of: ({ keys }) => keys?.deceived.mean ?? null },
  { name: "conviction, median (ms)", of: ({ detection }) => detection?.convictionMs.median.ms ?? null },
  { name: "accepted by clients (share)", of: ({ victimAccepted }) => victimAccepted.share.share },
  { name: "epochs that clients accepted, mean", of: ({ victimAccepted }) => victimAccepted.mean.mean },
  { name: "sent by a node (bytes)", of: ({ perNode }) => perNode.bytesSent.mean },
  { name: "answers that satisfied (share)", of: ({ quorumAvailability }) => quorumAvailability.mean },
];

/**
 * A row for every parameter with at least two values and every output; of one output, the parameter that moves it most
 * comes first.
 */
export function sensitivity(
  vary: readonly VariedParameter[],
  points: readonly SweepPoint[],
  outputs: readonly Output[] = OUTPUTS,
): readonly SensitivityRow[] {
  return outputs.flatMap((output) =>
    vary
      .filter(({ values }) => values.length > 1)
      .map((parameter) => row(parameter, points, output))
      .sort((a, b) => Math.abs(b.change ?? 0) - Math.abs(a.change ?? 0)),
  );
}

function row({ path, values }: VariedParameter, points: readonly SweepPoint[], output: Output): SensitivityRow {
  const [from, to] = [values[0], values.at(-1)];
  const ends = bySetting(path, from, points);
  const others = bySetting(path, to, points);
  const pairs: [number, number][] = [];
  let unknownSettings = 0;
  for (const [setting, point] of ends) {
    const other = others.get(setting);
    if (other === undefined) continue;
    const [before, after] = [output.of(point.estimates), output.of(other.estimates)];
    if (before === null || after === null) unknownSettings++;
    else pairs.push([before, after]);
  }
  const changes = pairs.map(([before, after]) => after - before);
  const outputFrom = mean(pairs.map(([before]) => before));
  const outputTo = mean(pairs.map(([, after]) => after));
  return {
    path,
    output: output.name,
    from,
    to,
    outputFrom,
    outputTo,
    change: mean(changes),
    leastChange: changes.length === 0 ? null : Math.min(...changes),
    mostChange: changes.length === 0 ? null : Math.max(...changes),
    elasticity: elasticity(from, to, outputFrom, outputTo),
    settings: pairs.length,
    unknownSettings,
  };
}

/** The points at which the parameter has this value, by the values of all other parameters. */
function bySetting(path: string, value: unknown, points: readonly SweepPoint[]): Map<string, SweepPoint> {
  const wanted = JSON.stringify(value);
  const found = points.filter((point) => JSON.stringify(point.values[path]) === wanted);
  return new Map(
    found.map((point) => {
      const others = Object.entries(point.values).filter(([other]) => other !== path);
      return [JSON.stringify(others.sort(([a], [b]) => (a < b ? -1 : 1))), point];
    }),
  );
}

function elasticity(from: unknown, to: unknown, outputFrom: number | null, outputTo: number | null): number | null {
  if (!isPositive(from) || !isPositive(to) || !isPositive(outputFrom) || !isPositive(outputTo) || from === to) {
    return null;
  }
  return Math.log(outputTo / outputFrom) / Math.log(to / from);
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && value > 0;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values) / values.length;
}
