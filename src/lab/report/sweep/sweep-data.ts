/** A sweep as a report needs it: its points with their estimates, and when each of their worlds saw what. */
import { join } from "node:path";
import type { Detection } from "../../../simulator/world/measures.ts";
import { csvCells } from "../../csv.ts";
import { kaplanMeier, type Observation, type SurvivalStep } from "../../statistics/kaplan-meier.ts";
import {
  type DetectionTime,
  KEY_TIMES,
  observationsOf,
  type PointEstimates,
} from "../../statistics/point-estimates.ts";
import { invalidResult, lineBatches } from "../lines.ts";
import type { ReportOptions } from "../report-shape.ts";
import type { SweepSummary, VariedValue } from "../summary.ts";

export interface SweepPoint {
  readonly values: Readonly<Record<string, VariedValue>>;
  readonly warning: string | null;
  readonly estimates: PointEstimates;
  /** One a world, in the order of repeats; empty where nobody lied. */
  readonly detections: readonly Detection[];
}

export interface Axis {
  readonly path: string;
  readonly values: readonly VariedValue[];
}

export interface SweepData {
  readonly summary: SweepSummary;
  /** Tells it from the others of a comparison. */
  readonly label: string;
  /** What was varied, with two values or more. */
  readonly axes: readonly Axis[];
  readonly points: readonly SweepPoint[];
}

const TIMES = ["firstMs", "everyHonestMs", "convictionMs", "everyConvictionMs", "clientMs"] as const;

export async function readSweep(summary: SweepSummary, label: string, options: ReportOptions): Promise<SweepData> {
  const detections = await readDetections(join(summary.folder, "worlds.csv"), summary.points.length, options);
  const points = summary.points.map(({ values, warning, ...estimates }, i) => ({
    values,
    warning,
    estimates: estimates as PointEstimates,
    detections: detections[i] ?? [],
  }));
  const axes = summary.vary.filter(({ values }) => values.length > 1);
  return { summary, label, axes, points };
}

export function observations({ detections }: SweepPoint, time: DetectionTime): readonly Observation[] {
  return observationsOf(detections, time);
}

export function survival(point: SweepPoint, time: DetectionTime): readonly SurvivalStep[] {
  return kaplanMeier(observations(point, time));
}

/** `auditors = 5, network.lossRate = 0.1`; of all axes, or of these. */
export function pointLabel({ values }: SweepPoint, axes: readonly Axis[]): string {
  return axes.map(({ path }) => `${path} = ${values[path]}`).join(", ");
}

async function readDetections(file: string, points: number, { onProgress }: ReportOptions): Promise<Detection[][]> {
  const detections: Detection[][] = Array.from({ length: points }, () => []);
  let columns: ReadonlyMap<string, number> | undefined;
  let rows = 0;
  for await (const lines of lineBatches(file)) {
    for (const line of lines) {
      if (line === "" || line === "\r") continue;
      const cells = csvCells(line);
      if (columns === undefined) {
        columns = new Map(cells.map((name, place) => [name, place]));
        if (!columns.has("point")) throw invalidResult(file, 'its first row names no column "point"');
        continue;
      }
      rows++;
      const into = detections[numberIn(cells, columns, "point") ?? -1];
      if (into === undefined) throw invalidResult(file, `row ${rows} is of a point that summary.json does not have`);
      const detection = detectionIn(cells, columns);
      if (detection !== undefined) into.push(detection);
    }
    onProgress?.(`${rows} worlds`);
  }
  return detections;
}

function detectionIn(cells: readonly string[], columns: ReadonlyMap<string, number>): Detection | undefined {
  const observedMs = numberIn(cells, columns, "detection.observedMs");
  if (observedMs === null) return undefined;
  const times = Object.fromEntries(TIMES.map((time) => [time, numberIn(cells, columns, `detection.${time}`)]));
  // A sweep's worlds have these columns, or none of them does.
  const keyTimes = KEY_TIMES.filter((time) => columns.has(`detection.${time}`));
  const ofKeys = Object.fromEntries(keyTimes.map((time) => [time, numberIn(cells, columns, `detection.${time}`)]));
  return { observedMs, firstEpochs: null, ...ofKeys, ...(times as Record<(typeof TIMES)[number], number | null>) };
}

function numberIn(cells: readonly string[], columns: ReadonlyMap<string, number>, name: string): number | null {
  const cell = cells[columns.get(name) ?? -1];
  if (cell === undefined || cell === "") return null;
  const value = Number(cell);
  return Number.isFinite(value) ? value : null;
}
