/**
 * Kaplan-Meier curves with their bands, a cross where watching ended without the event, and the number at risk below.
 * Worlds that saw nothing are in them for as long as they were watched; a mean over the others would say that
 * undetected lies are detected fast.
 */
import type { SurvivalStep } from "../../statistics/kaplan-meier.ts";
import { escapeText } from "../page/escape.js";
import type { Figure } from "../report-shape.ts";
import { nestedWidths } from "./coinciding.ts";
import { CENTRED, type Plotter } from "./plotter.ts";
import { figureOf, INK, SERIES, sample } from "./sheet.ts";
import { type TimeScale, tickText, timeScale } from "./time-scale.ts";

export interface Curve {
  readonly label: string;
  readonly steps: readonly SurvivalStep[];
}

export interface SurvivalOptions {
  readonly name: string;
  readonly caption: string;
  readonly command: string;
  /** What the share is of. */
  readonly axis: string;
  /** What the curves' labels are values of; "" where they speak for themselves. */
  readonly by: string;
}

/** More curves would cover each other; the tables have all. */
const MAX_CURVES = SERIES.length;

/** At this width a phone shows the words of a picture at four fifths of their size. */
const WIDTH = 460;
const LEFT = 66;
const RIGHT = 30;
const PLOT_HEIGHT = 320;
/** A line with the curve's label, and one with its counts. */
const ROW = 36;
const LONGEST_LABEL = 60;
/** Places along the axis at which curves are compared. */
const SAMPLES = 100;

export function survivalFigure(curves: readonly Curve[], options: SurvivalOptions, { Plot, draw }: Plotter): Figure {
  const shown = curves.slice(0, MAX_CURVES);
  const steps = shown.flatMap((curve) => curve.steps);
  const untilMs = Math.max(1e-3, ...steps.map(({ timeMs }) => timeMs));
  const scale = timeScale(
    steps.filter(({ events }) => events > 0).map(({ timeMs }) => timeMs),
    untilMs,
  );
  const paths = shown.map((curve) => pathOf(curve.steps, scale));
  const widths = nestedWidths(paths.map((path) => heightsOf(path, scale)));
  const marks = shown.flatMap((curve, i) => {
    const { color, dash } = SERIES[i] ?? { color: INK, dash: "none" };
    const path = paths[i] ?? [];
    const censored = path.filter((one) => one.censored > 0);
    return [
      Plot.areaY(path, {
        x: "ms",
        y1: "low",
        y2: "high",
        curve: "step-after",
        fill: color,
        fillOpacity: shown.length > 3 ? 0.1 : 0.16,
      }),
      Plot.line(path, {
        x: "ms",
        y: "survival",
        curve: "step-after",
        stroke: color,
        strokeWidth: widths[i] ?? 0,
        strokeDasharray: dash,
      }),
      Plot.dot(censored, {
        x: "ms",
        y: "survival",
        symbol: "plus",
        stroke: color,
        strokeWidth: 1.8,
        r: 5,
        title: (one: PathPoint) => `${curve.label}: ${one.censored} not seen until ${tickText(one.ms)}`,
      }),
    ];
  });
  const plot = draw({
    width: WIDTH,
    height: PLOT_HEIGHT,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginBottom: 44,
    marginTop: 14,
    x: {
      type: scale.type,
      domain: [...scale.domain],
      ticks: [...scale.ticks],
      tickFormat: tickText,
      label: `time since the lie began${scale.type === "log" ? " (powers of ten)" : ""}`,
      ...CENTRED,
    },
    y: {
      domain: [0, 1],
      grid: true,
      label: null,
      ticks: [0, 0.25, 0.5, 0.75, 1],
      tickFormat: (share: number) => share.toFixed(2),
    },
    marks: [Plot.ruleY([0]), ...marks],
  });
  const more =
    curves.length > shown.length ? ` The first ${shown.length} of ${curves.length} curves; the table has all.` : "";
  const nested = new Set(widths).size > 1 ? " Curves that coincide are drawn one inside the other." : "";
  return figureOf({
    name: options.name,
    caption: `${options.caption}${nested}${more}`,
    command: options.command,
    width: WIDTH,
    height: PLOT_HEIGHT + shown.length * ROW + 26,
    parts: [
      { y: 0, svg: plot },
      { y: 0, svg: axisWords(options.axis) },
      { y: PLOT_HEIGHT, svg: riskRows(shown, scale, options.by) },
    ],
  });
}

interface PathPoint {
  readonly ms: number;
  readonly survival: number;
  readonly low: number;
  readonly high: number;
  readonly censored: number;
}

function pathOf(steps: readonly SurvivalStep[], scale: TimeScale): PathPoint[] {
  const start: PathPoint = { ms: scale.domain[0], survival: 1, low: 1, high: 1, censored: 0 };
  const path = [
    start,
    ...steps.map(({ timeMs, survival, low, high, censored }) => ({
      ms: scale.clamp(timeMs),
      survival,
      low,
      high,
      censored,
    })),
  ];
  const last = path.at(-1) ?? start;
  // All have seen it: the curve stays where it is.
  return last.survival === 0 ? [...path, { ...last, ms: scale.domain[1], censored: 0 }] : path;
}

/** How high a curve stands at places along the axis. */
function heightsOf(path: readonly PathPoint[], { part }: TimeScale): number[] {
  const places = path.map(({ ms }) => part(ms));
  return Array.from({ length: SAMPLES }, (_, i) => {
    const at = places.findLastIndex((place) => place <= i / SAMPLES);
    return path[Math.max(0, at)]?.survival ?? Number.NaN;
  });
}

/** Turned, beside the axis. */
function axisWords(words: string): string {
  const middle = (14 + PLOT_HEIGHT - 44) / 2;
  return `<text transform="translate(${LEFT - 50},${middle}) rotate(-90)" text-anchor="middle" fill="currentColor">${escapeText(words)}</text>`;
}

function riskRows(curves: readonly Curve[], scale: TimeScale, by: string): string {
  const x = (ms: number): number => Math.round(LEFT + scale.part(ms) * (WIDTH - LEFT - RIGHT));
  const head = `<text x="12" y="14" font-weight="600" fill="currentColor">Number at risk${by === "" ? "" : `, by ${escapeText(by)}`}</text>`;
  const rows = curves.map(({ label, steps }, i) => {
    const y = i * ROW + 34;
    const shown = label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;
    const name = `<text x="44" y="${y}" fill="currentColor"><title>${escapeText(label)}</title>${escapeText(shown)}</text>`;
    const counts = scale.ticks.map((ms) => {
      const atRisk = steps.find(({ timeMs }) => timeMs >= ms)?.atRisk ?? 0;
      return `<text x="${x(ms)}" y="${y + 16}" text-anchor="middle" fill="currentColor">${atRisk}</text>`;
    });
    return `${sample(i, 12, y - 4)}${name}${counts.join("")}`;
  });
  return head + rows.join("");
}
