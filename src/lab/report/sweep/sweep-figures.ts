/** The pictures of one sweep. */
import type { DetectionTime } from "../../statistics/point-estimates.ts";
import { commandText } from "../command-text.ts";
import { effectFigure } from "../figures/effect-figure.ts";
import { heatMap } from "../figures/heat-map.ts";
import type { Plotter } from "../figures/plotter.ts";
import { survivalFigure } from "../figures/survival-figure.ts";
import type { Figure } from "../report-shape.ts";
import { type Axis, pointLabel, type SweepData, type SweepPoint, survival } from "./sweep-data.ts";
import { msText, shareText, TIME_WORDS } from "./words.ts";

/** Settings of the other parameters that get pictures of their own; the tables have all. */
const MAX_SETTINGS = 6;
const TIMES: readonly DetectionTime[] = ["firstMs", "convictionMs", "everyHonestMs", "clientMs"];
const WITH_TWO_AXES: readonly DetectionTime[] = ["firstMs", "convictionMs"];

export function sweepFigures(sweep: SweepData, plotter: Plotter): Figure[] {
  if (sweep.points.every(({ detections }) => detections.length === 0)) return [];
  const [curves, second, ...rest] = sweep.axes;
  if (second === undefined) {
    const figures = TIMES.map((time) => survivalOf(sweep, sweep.points, [], time, plotter));
    return curves === undefined ? figures : [...figures, ...effects(sweep, [curves], sweep.points, "", plotter)];
  }
  const figures = settings(sweep.points, [second, ...rest])
    .slice(0, MAX_SETTINGS)
    .flatMap((points) => WITH_TWO_AXES.map((time) => survivalOf(sweep, points, [second, ...rest], time, plotter)));
  for (const points of settings(sweep.points, rest).slice(0, MAX_SETTINGS)) {
    const where = rest.length === 0 ? "" : `, at ${pointLabel(points[0] as SweepPoint, rest)}`;
    figures.push(...heatMaps(sweep, [curves as Axis, second], points, where, plotter));
    figures.push(...effects(sweep, [curves as Axis, second], points, where, plotter));
  }
  return figures;
}

/** How many settings have no pictures, for the page to say. */
export function settingsLeftOut({ points, axes }: SweepData): number {
  return axes.length < 2 ? 0 : Math.max(0, settings(points, axes.slice(1)).length - MAX_SETTINGS);
}

/** A curve for each of the points, which agree on `fixed`. */
function survivalOf(
  sweep: SweepData,
  points: readonly SweepPoint[],
  fixed: readonly Axis[],
  time: DetectionTime,
  plotter: Plotter,
): Figure {
  const free = sweep.axes.filter((axis) => !fixed.includes(axis));
  const where = fixed.length === 0 ? "" : `, at ${pointLabel(points[0] as SweepPoint, fixed)}`;
  const { title, axis } = TIME_WORDS[time];
  const curves = points.map((point) => ({
    label: free.map(({ path }) => String(point.values[path])).join(", ") || "all worlds",
    steps: survival(point, time),
  }));
  return survivalFigure(
    curves,
    {
      name: fileName("survival", time, where),
      caption: `${title}${where}: the share of worlds that have not seen it yet (Kaplan-Meier), with pointwise 95 % bands; a cross: watching ended without it. ${sweep.summary.repeats} worlds a curve.`,
      command: commandText(sweep.summary.command),
      axis,
      by: free.map(({ path }) => path).join(", "),
    },
    plotter,
  );
}

function heatMaps(
  sweep: SweepData,
  [x, y]: readonly [Axis, Axis],
  points: readonly SweepPoint[],
  where: string,
  plotter: Plotter,
): Figure[] {
  const command = commandText(sweep.summary.command);
  const at = (axis: Axis, { values }: SweepPoint): string => String(values[axis.path]);
  return WITH_TWO_AXES.flatMap((time) => {
    const estimates = points.flatMap((point) =>
      point.estimates.detection === null ? [] : [{ point, of: point.estimates.detection[time] }],
    );
    const shares = estimates.map(({ point, of: { share } }) => ({
      x: at(x, point),
      y: at(y, point),
      value: share.share,
      text: shareText(share).split(" [")[0] ?? "",
      interval: `[${shareText(share).split(" [")[1] ?? ""}`,
    }));
    const medians = estimates.map(({ point, of: { median } }) => ({
      x: at(x, point),
      y: at(y, point),
      value: median.ms,
      text: msText(median.ms),
      interval:
        median.lowMs === null
          ? ""
          : `[${msText(median.lowMs)}, ${median.highMs === null ? "∞" : msText(median.highMs)}]`,
    }));
    const { title } = TIME_WORDS[time];
    const labels = { xLabel: x.path, yLabel: y.path, command };
    return [
      heatMap(
        shares,
        {
          ...labels,
          of: "share",
          name: fileName("share", time, where),
          caption: `${title}${where}: the share of worlds in which it happened, with 95 % Wilson intervals.`,
        },
        plotter,
      ),
      heatMap(
        medians,
        {
          ...labels,
          of: "time",
          name: fileName("median", time, where),
          caption: `${title}${where}: the time by which half of the worlds have seen it (Kaplan-Meier), with 95 % intervals, ∞ where one is open upwards; "not reached": fewer than half had, while anybody looked.`,
        },
        plotter,
      ),
    ];
  });
}

function effects(
  sweep: SweepData,
  [x, series]: readonly Axis[],
  points: readonly SweepPoint[],
  where: string,
  plotter: Plotter,
): Figure[] {
  if (x === undefined) return [];
  const options = { xLabel: x.path, command: commandText(sweep.summary.command) };
  const at = ({ values }: SweepPoint): string | number => {
    const value = values[x.path];
    return typeof value === "number" ? value : String(value);
  };
  const seriesOf = (point: SweepPoint): string => (series === undefined ? "all worlds" : pointLabel(point, [series]));
  const detected = points.flatMap((point) =>
    point.estimates.detection === null
      ? []
      : [{ x: at(point), series: seriesOf(point), of: point.estimates.detection.firstMs }],
  );
  return [
    effectFigure(
      detected.map(({ of: { share }, ...place }) => ({
        ...place,
        value: share.share,
        low: share.low,
        high: share.high,
      })),
      {
        ...options,
        name: fileName("effect-share", "firstMs", where),
        of: "share",
        yLabel: "worlds in which it was detected",
        format: (share) => share.toFixed(2),
        caption: `Share of worlds in which an honest node detected the lie${where}, with 95 % Wilson intervals.`,
      },
      plotter,
    ),
    effectFigure(
      detected.map(({ of: { median }, ...place }) => ({
        ...place,
        value: median.ms,
        low: median.lowMs,
        high: median.highMs,
      })),
      {
        ...options,
        name: fileName("effect-median", "firstMs", where),
        of: "time",
        yLabel: "median time to first detection",
        format: msText,
        caption: `Median time to first detection${where} (Kaplan-Meier, undetected worlds included), with 95 % intervals: a line to the top has no upper end, and an empty mark at the top means that fewer than half of the worlds saw it while anybody looked.`,
      },
      plotter,
    ),
  ];
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

function fileName(kind: string, time: DetectionTime, where: string): string {
  const suffix = where
    .replace(/^, at /, "")
    .replaceAll(/[^\w.]+/g, "-")
    .replace(/-+$/, "")
    .slice(0, 80);
  return [kind, time.replace(/Ms$/, "").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), suffix]
    .filter((part) => part !== "")
    .join("-");
}
