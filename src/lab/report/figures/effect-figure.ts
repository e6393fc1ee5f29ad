/**
 * What a varied parameter does: an estimate with its interval at each of its values, a series for each value of a
 * second one.
 */
import { escapeText } from "../page/escape.js";
import type { Figure } from "../report-shape.ts";
import type { Plotter } from "./plotter.ts";
import { figureOf, INK, SERIES, sample } from "./sheet.ts";

export interface EffectPoint {
  readonly series: string;
  readonly x: string | number;
  /** null: not reached. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface EffectOptions {
  readonly name: string;
  readonly caption: string;
  readonly command: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly of: "share" | "time";
  /** How a value is written on the axis. */
  readonly format: (value: number) => string;
}

const WIDTH = 640;
const LEFT = 84;
const PLOT_HEIGHT = 320;
const ROW = 20;
const SYMBOLS = ["circle", "diamond", "square", "triangle", "cross", "star", "wye"] as const;
/** Beyond this ratio an axis goes by powers of ten. */
const LARGEST_STRAIGHT_RATIO = 40;

export function effectFigure(points: readonly EffectPoint[], options: EffectOptions, { Plot, draw }: Plotter): Figure {
  const series = [...new Set(points.map((one) => one.series))].slice(0, SERIES.length);
  const xs = [...new Set(points.map(({ x }) => x))];
  const isNumeric = areSpaced(xs);
  const bounds = points.flatMap(({ value, low, high }) => [value, low, high]).flatMap((one) => one ?? []);
  const most = Math.max(...bounds, 1e-9);
  const least = Math.min(...bounds.filter((one) => one > 0), most);
  const isLog = options.of === "time" && most / least > LARGEST_STRAIGHT_RATIO;
  const top = options.of === "share" ? 1 : most * (isLog ? 1.6 : 1.08);
  const bottom = isLog ? least / 1.6 : 0;
  const marks = series.flatMap((name, i) => {
    const { color, dash } = SERIES[i] ?? { color: INK, dash: "none" };
    const dx = (i - (series.length - 1) / 2) * 7;
    const all = points.filter((one) => one.series === name);
    const known = all.filter(({ value }) => value !== null);
    const ranges = all
      .filter(({ low }) => low !== null)
      .map((one) => ({ ...one, low: Math.max(bottom, one.low ?? bottom), high: one.high ?? top }));
    const unknown = all.filter(({ value }) => value === null);
    return [
      Plot.line(known, { x: "x", y: "value", stroke: color, strokeWidth: 1.6, strokeDasharray: dash, dx }),
      Plot.link(ranges, { x: "x", y1: "low", y2: "high", stroke: color, strokeWidth: 1.6, dx }),
      Plot.dot(known, {
        x: "x",
        y: "value",
        symbol: SYMBOLS[i] ?? "circle",
        fill: color,
        stroke: "#ffffff",
        strokeWidth: 0.7,
        r: 5,
        dx,
        title: (one: EffectPoint) => `${name} ${one.x}: ${options.format(one.value ?? 0)}`,
      }),
      Plot.dot(unknown, {
        x: "x",
        y: () => top,
        symbol: SYMBOLS[i] ?? "circle",
        fill: "var(--plot-background)",
        stroke: color,
        strokeWidth: 1.6,
        r: 5,
        dx,
        title: (one: EffectPoint) => `${name} ${one.x}: not reached`,
      }),
    ];
  });
  const xScale = isNumeric
    ? { type: "linear" as const, ticks: xs as number[], tickFormat: String, insetLeft: 24, insetRight: 24 }
    : { type: "point" as const, domain: xs };
  const plot = draw({
    width: WIDTH,
    height: PLOT_HEIGHT,
    marginLeft: LEFT,
    marginBottom: 44,
    marginTop: 16,
    marginRight: 20,
    x: { ...xScale, label: options.xLabel, labelAnchor: "center", labelArrow: "none" },
    y: {
      type: isLog ? "log" : "linear",
      domain: [bottom, top],
      grid: true,
      label: options.yLabel,
      labelAnchor: "center",
      labelArrow: "none",
      tickFormat: options.format,
      ticks: isLog ? powersOfTen(bottom, top) : 6,
    },
    marks: [...(isLog ? [] : [Plot.ruleY([0])]), ...marks],
  });
  const hasLegend = series.length > 1;
  const legend = series.map(
    (name, i) =>
      `${sample(i, LEFT, 14 + i * ROW)}<text x="${LEFT + 34}" y="${18 + i * ROW}" fill="currentColor">${escapeText(name)}</text>`,
  );
  return figureOf({
    ...options,
    width: WIDTH,
    height: PLOT_HEIGHT + (hasLegend ? series.length * ROW + 8 : 0),
    parts: [{ y: 0, svg: plot }, ...(hasLegend ? [{ y: PLOT_HEIGHT, svg: legend.join("") }] : [])],
  });
}

/** Numbers none of which is so close to the next that their marks would cover each other. */
function areSpaced(xs: readonly (string | number)[]): boolean {
  const numbers = xs.flatMap((x) => (typeof x === "number" ? [x] : [])).sort((a, b) => a - b);
  if (numbers.length !== xs.length) return false;
  const range = (numbers.at(-1) ?? 0) - (numbers[0] ?? 0);
  return numbers.every((x, i) => i === 0 || x - (numbers[i - 1] ?? x) >= range / 10);
}

/** With 2 and 5 in between where there is but one power of ten. */
function powersOfTen(from: number, to: number): number[] {
  const ticks: number[] = [];
  const isNarrow = to / from < 300;
  for (let power = 10 ** Math.floor(Math.log10(from)); power <= to; power *= 10)
    for (const times of isNarrow ? [1, 2, 5] : [1])
      if (power * times >= from && power * times <= to) ticks.push(power * times);
  return ticks;
}
