/**
 * What a varied parameter does: an estimate with its interval at each of its values, a series for each value of a
 * second one.
 */
import { escapeText } from "../page/escape.js";
import type { Figure } from "../report-shape.ts";
import { nestedWidths } from "./coinciding.ts";
import { CENTRED, type Plotter } from "./plotter.ts";
import { figureOf, INK, SERIES, sample } from "./sheet.ts";
import { timeScale } from "./time-scale.ts";

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
  readonly of: "share" | "time" | "count";
  /** How a value is written on the axis. */
  readonly format: (value: number) => string;
}

const WIDTH = 460;
const LEFT = 84;
const RIGHT = 20;
const PLOT_HEIGHT = 320;
const ROW = 20;
const SYMBOLS = ["circle", "diamond", "square", "triangle", "cross", "star", "wye"] as const;
/** Of an average character. */
const CHARACTER_WIDTH = 6.6;

export function effectFigure(points: readonly EffectPoint[], options: EffectOptions, { Plot, draw }: Plotter): Figure {
  const series = [...new Set(points.map((one) => one.series))].slice(0, SERIES.length);
  const xs = [...new Set(points.map(({ x }) => x))];
  const isNumeric = areSpaced(xs);
  const y = valueAxis(points, options.of);
  const [bottom, top] = y.domain;
  const lines = series.map((name) => points.filter((one) => one.series === name));
  const widths = nestedWidths(lines.map((line) => xs.map((x) => heightAt(line, x, y))));
  const marks = series.flatMap((name, i) => {
    const { color, dash } = SERIES[i] ?? { color: INK, dash: "none" };
    const dx = (i - (series.length - 1) / 2) * 7;
    const all = lines[i] ?? [];
    // On an axis of powers there is no 0.
    const known = all
      .filter(({ value }) => value !== null)
      .map((one) => ({ ...one, height: Math.max(bottom, one.value ?? 0) }));
    const ranges = all
      .filter(({ low }) => low !== null)
      .map((one) => ({ ...one, low: Math.max(bottom, one.low ?? bottom), high: one.high ?? top }));
    const unknown = all.filter(({ value }) => value === null);
    return [
      Plot.line(known, { x: "x", y: "height", stroke: color, strokeWidth: widths[i] ?? 0, strokeDasharray: dash, dx }),
      Plot.link(ranges, { x: "x", y1: "low", y2: "high", stroke: color, strokeWidth: 1.6, dx }),
      Plot.dot(known, {
        x: "x",
        y: "height",
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
  const isCrowded =
    xs.reduce((sum: number, x) => sum + String(x).length + 2, 0) * CHARACTER_WIDTH > WIDTH - LEFT - RIGHT;
  const xScale = isNumeric
    ? { type: "linear" as const, ticks: xs as number[], tickFormat: String, insetLeft: 24, insetRight: 24 }
    : { type: "point" as const, domain: xs };
  const bottomMargin = isCrowded
    ? 40 + CHARACTER_WIDTH * Math.min(14, Math.max(...xs.map((x) => String(x).length)))
    : 44;
  const height = PLOT_HEIGHT + bottomMargin - 44;
  const plot = draw({
    width: WIDTH,
    height,
    marginLeft: LEFT,
    marginBottom: bottomMargin,
    marginTop: 16,
    marginRight: RIGHT,
    x: { ...xScale, ...(isCrowded ? { tickRotate: -60 } : {}), label: options.xLabel, ...CENTRED },
    y: {
      type: y.type,
      domain: [...y.domain],
      grid: true,
      label: options.yLabel,
      ...CENTRED,
      tickFormat: options.format,
      ticks: y.ticks,
    },
    marks: [...(y.type === "log" ? [] : [Plot.ruleY([0])]), ...marks],
  });
  const hasLegend = series.length > 1;
  const legend = series.map(
    (name, i) =>
      `${sample(i, LEFT, 14 + i * ROW)}<text x="${LEFT + 34}" y="${18 + i * ROW}" fill="currentColor">${escapeText(name)}</text>`,
  );
  return figureOf({
    ...options,
    width: WIDTH,
    height: height + (hasLegend ? series.length * ROW + 8 : 0),
    parts: [{ y: 0, svg: plot }, ...(hasLegend ? [{ y: height, svg: legend.join("") }] : [])],
  });
}

interface ValueAxis {
  readonly type: "linear" | "log";
  readonly domain: readonly [number, number];
  readonly ticks: number[];
  /** 0 at the bottom, 1 at the top. */
  part(value: number): number;
}

/** Leaves room at the top for the marks of what was not reached. */
function valueAxis(points: readonly EffectPoint[], of: EffectOptions["of"]): ValueAxis {
  if (of === "share") return straightAxis(1);
  const bounds = points.flatMap(({ value, low, high }) => [value, low, high]).flatMap((one) => one ?? []);
  const most = Math.max(...bounds);
  if (of === "count") return straightAxis(most > 0 ? most * 1.08 : 1);
  // Even if all times are 0, the axis needs two ends.
  const scale = timeScale(bounds, Math.max(most, 1e-3) * 1.2);
  return { ...scale, ticks: [...scale.ticks] };
}

function straightAxis(top: number): ValueAxis {
  return { type: "linear", domain: [0, top], ticks: straightTicks(top), part: (value) => value / top };
}

/** About five, at 1, 2 or 5 of a power of ten. */
function straightTicks(top: number): number[] {
  const power = 10 ** Math.floor(Math.log10(top / 5));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => top / one <= 6) ?? top;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

function heightAt(line: readonly EffectPoint[], x: string | number, axis: ValueAxis): number {
  const value = line.find((one) => one.x === x)?.value ?? null;
  return value === null ? Number.NaN : axis.part(value);
}

/** Whether these are numbers far enough apart that their marks do not cover each other. */
function areSpaced(xs: readonly (string | number)[]): boolean {
  const numbers = xs.flatMap((x) => (typeof x === "number" ? [x] : [])).sort((a, b) => a - b);
  if (numbers.length !== xs.length) return false;
  const range = (numbers.at(-1) ?? 0) - (numbers[0] ?? 0);
  return numbers.every((x, i) => i === 0 || x - (numbers[i - 1] ?? x) >= range / 8);
}
