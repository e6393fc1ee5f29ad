/** The pictures of one sweep. */
import { commandText } from "../command-text.ts";
import { effectFigure } from "../figures/effect-figure.ts";
import { heatMap } from "../figures/heat-map.ts";
import type { Plotter } from "../figures/plotter.ts";
import { survivalFigure } from "../figures/survival-figure.ts";
import type { Figure } from "../report-shape.ts";
import { MAIN_OUTCOMES, OUTCOMES, type Outcome, seenOutcomes } from "./outcomes.ts";
import { type Axis, pointLabel, type SweepData, type SweepPoint, survival } from "./sweep-data.ts";
import { intervalText, shareValueText, TIME_WORDS } from "./words.ts";

/** Settings of the other parameters that get pictures of their own; the tables have all. */
const MAX_SETTINGS = 6;

/** Of what happened at all; the page names the rest. */
export function sweepFigures(sweep: SweepData, plotter: Plotter): Figure[] {
  const [x, second, ...rest] = sweep.axes;
  const main = seenOutcomes(sweep, MAIN_OUTCOMES);
  if (second === undefined) {
    const curves = seenOutcomes(sweep, OUTCOMES).flatMap((outcome) =>
      survivalOf(sweep, sweep.points, [], outcome, plotter),
    );
    return x === undefined ? curves : [...curves, ...effects(sweep, { x, where: "" }, sweep.points, main, plotter)];
  }
  const figures = settings(sweep.points, rest)
    .slice(0, MAX_SETTINGS)
    .flatMap((points) => {
      const plane: Plane = { x: x as Axis, series: second, where: whereText(points, rest) };
      return [...heatMaps(sweep, plane, points, main, plotter), ...effects(sweep, plane, points, main, plotter)];
    });
  const curves = settings(sweep.points, [second, ...rest])
    .slice(0, MAX_SETTINGS)
    .flatMap((points) => main.flatMap((outcome) => survivalOf(sweep, points, [second, ...rest], outcome, plotter)));
  return [...figures, ...curves];
}

/** How many settings have no pictures, for the page to say. */
export function settingsLeftOut({ points, axes }: SweepData): number {
  return axes.length < 2 ? 0 : Math.max(0, settings(points, axes.slice(1)).length - MAX_SETTINGS);
}

/** What a picture goes over, and where it holds: `, at auditors = 5`. */
interface Plane {
  readonly x: Axis;
  readonly series?: Axis;
  readonly where: string;
}

/** A curve for each of the points, which agree on `fixed`; nothing of an outcome that has no time. */
function survivalOf(
  sweep: SweepData,
  points: readonly SweepPoint[],
  fixed: readonly Axis[],
  { time, title, name }: Outcome,
  plotter: Plotter,
): Figure[] {
  if (time === undefined) return [];
  const free = sweep.axes.filter((axis) => !fixed.includes(axis));
  const where = whereText(points, fixed);
  const curves = points.map((point) => ({
    label: free.map(({ path }) => String(point.values[path])).join(", ") || "all worlds",
    steps: survival(point, time),
  }));
  return [
    survivalFigure(
      curves,
      {
        name: fileName("survival", name, where),
        caption: `${title}${where}: the share of worlds that have not seen it yet (Kaplan-Meier), with pointwise 95 % bands; a cross: watching ended without it. ${sweep.summary.repeats} worlds a curve.`,
        command: commandText(sweep.summary.command),
        axis: TIME_WORDS[time].axis,
        by: free.map(({ path }) => path).join(", "),
      },
      plotter,
    ),
  ];
}

function heatMaps(
  { summary }: SweepData,
  { x, series, where }: Plane,
  points: readonly SweepPoint[],
  outcomes: readonly Outcome[],
  plotter: Plotter,
): Figure[] {
  const at = (axis: Axis | undefined, { values }: SweepPoint): string => String(values[axis?.path ?? ""]);
  const place = (point: SweepPoint) => ({ x: at(x, point), y: at(series, point) });
  const labels = { xLabel: x.path, yLabel: series?.path ?? "", command: commandText(summary.command) };
  return outcomes.flatMap(({ name, title, share, amount }) => [
    heatMap(
      valuesOf(points, share).map(({ point, of }) => ({
        ...place(point),
        value: of.share,
        text: shareValueText(of.share),
        interval: intervalText(of, shareValueText),
      })),
      {
        ...labels,
        of: "share",
        name: fileName("share", name, where),
        caption: `${title}${where}: the share of worlds in which it happened, with 95 % Wilson intervals.`,
      },
      plotter,
    ),
    heatMap(
      valuesOf(points, amount.of).map(({ point, of }) => ({
        ...place(point),
        value: of.value,
        text: amount.format(of.value),
        interval: of.low === null ? "" : intervalText(of, amount.format),
      })),
      {
        ...labels,
        of: "amount",
        name: fileName(amount.name, name, where),
        caption: `${title}${where}: ${amount.words}.`,
      },
      plotter,
    ),
  ]);
}

function effects(
  { summary }: SweepData,
  { x, series, where }: Plane,
  points: readonly SweepPoint[],
  outcomes: readonly Outcome[],
  plotter: Plotter,
): Figure[] {
  const options = { xLabel: x.path, command: commandText(summary.command) };
  const place = (point: SweepPoint) => ({
    x: numberOrText(point.values[x.path]),
    series: series === undefined ? "all worlds" : pointLabel(point, [series]),
  });
  return outcomes.flatMap(({ name, title, share, shareAxis, amount }) => [
    effectFigure(
      valuesOf(points, share).map(({ point, of }) => ({
        ...place(point),
        value: of.share,
        low: of.low,
        high: of.high,
      })),
      {
        ...options,
        name: fileName("effect-share", name, where),
        of: "share",
        yLabel: shareAxis,
        format: shareValueText,
        caption: `${title}${where}: the share of worlds in which it happened, with 95 % Wilson intervals.`,
      },
      plotter,
    ),
    effectFigure(
      valuesOf(points, amount.of).map(({ point, of }) => ({ ...place(point), ...of })),
      {
        ...options,
        name: fileName(`effect-${amount.name}`, name, where),
        of: amount.kind,
        yLabel: amount.axis,
        format: amount.format,
        caption: `${title}${where}: ${amount.words}. ${OPEN_ENDS}`,
      },
      plotter,
    ),
  ]);
}

const OPEN_ENDS = "A line to the top has no upper end; an empty mark at the top was not reached.";

function valuesOf<T extends object>(
  points: readonly SweepPoint[],
  of: (estimates: SweepPoint["estimates"]) => T | null,
): { point: SweepPoint; of: T }[] {
  return points.flatMap((point) => {
    const value = of(point.estimates);
    return value === null ? [] : [{ point, of: value }];
  });
}

/** The points in groups that agree on these axes. */
export function settings(points: readonly SweepPoint[], axes: readonly Axis[]): SweepPoint[][] {
  const groups = new Map<string, SweepPoint[]>();
  for (const point of points) {
    const key = pointLabel(point, axes);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [point]);
    else group.push(point);
  }
  return [...groups.values()];
}

function whereText(points: readonly SweepPoint[], fixed: readonly Axis[]): string {
  return fixed.length === 0 ? "" : `, at ${pointLabel(points[0] as SweepPoint, fixed)}`;
}

function numberOrText(value: unknown): string | number {
  return typeof value === "number" ? value : String(value);
}

function fileName(kind: string, outcome: string, where: string): string {
  const suffix = where
    .replace(/^, at /, "")
    .replaceAll(/[^\w.]+/g, "-")
    .replace(/-+$/, "")
    .slice(0, 80);
  return [kind, outcome, suffix].filter((part) => part !== "").join("-");
}
