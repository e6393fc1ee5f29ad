/**
 * Kaplan-Meier curves with their bands, a cross where watching ended without the event, and the number at risk below.
 * Worlds that saw nothing are in them for as long as they were watched; a mean over the others would say that
 * undetected lies are detected fast.
 */
import type { SurvivalStep } from "../../statistics/kaplan-meier.ts";
import { escapeText } from "../page/escape.js";
import type { Figure } from "../report-shape.ts";
import type { Plotter } from "./plotter.ts";
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

/** More than these lie over each other; the tables have all. */
const MAX_CURVES = SERIES.length;

const WIDTH = 640;
const RIGHT = 30;
const PLOT_HEIGHT = 320;
const ROW = 20;
const LONGEST_LABEL = 24;
const CHARACTER_WIDTH = 6.4;

export function survivalFigure(curves: readonly Curve[], options: SurvivalOptions, { Plot, draw }: Plotter): Figure {
  const shown = curves.slice(0, MAX_CURVES);
  const left = 66 + CHARACTER_WIDTH * Math.min(LONGEST_LABEL, Math.max(8, ...shown.map(({ label }) => label.length)));
  const steps = shown.flatMap((curve) => curve.steps);
  const untilMs = Math.max(1e-3, ...steps.map(({ timeMs }) => timeMs));
  const scale = timeScale(
    steps.filter(({ events }) => events > 0).map(({ timeMs }) => timeMs),
    untilMs,
  );
  const marks = shown.flatMap((curve, i) => {
    const { color, dash } = SERIES[i] ?? { color: INK, dash: "none" };
    const path = pathOf(curve.steps, scale);
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
        strokeWidth: 2.2,
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
    marginLeft: left,
    marginRight: RIGHT,
    marginBottom: 44,
    marginTop: 14,
    x: {
      type: scale.type,
      domain: [...scale.domain],
      ticks: [...scale.ticks],
      tickFormat: tickText,
      label: `time since the lie began${scale.type === "log" ? " (powers of ten)" : ""}`,
      labelAnchor: "center",
      labelArrow: "none",
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
  const rows = riskRows(shown, scale, left, options.by);
  const more =
    curves.length > shown.length ? ` The first ${shown.length} of ${curves.length} curves; the table has all.` : "";
  return figureOf({
    name: options.name,
    caption: `${options.caption}${more}`,
    command: options.command,
    width: WIDTH,
    height: PLOT_HEIGHT + (shown.length + 1) * ROW + 14,
    parts: [
      { y: 0, svg: plot },
      { y: 0, svg: axisWords(options.axis, left) },
      { y: PLOT_HEIGHT, svg: rows },
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

/** Turned, beside the axis. */
function axisWords(words: string, left: number): string {
  const middle = (14 + PLOT_HEIGHT - 44) / 2;
  return `<text transform="translate(${left - 50},${middle}) rotate(-90)" text-anchor="middle" fill="currentColor">${escapeText(words)}</text>`;
}

function riskRows(curves: readonly Curve[], scale: TimeScale, left: number, by: string): string {
  const x = (ms: number): number => Math.round(left + scale.part(ms) * (WIDTH - left - RIGHT));
  const head = `<text x="12" y="14" font-weight="600" fill="currentColor">Number at risk${by === "" ? "" : `, by ${escapeText(by)}`}</text>`;
  const rows = curves.map(({ label, steps }, i) => {
    const y = (i + 1) * ROW + 14;
    const shown = label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;
    const name = `<text x="44" y="${y}" fill="currentColor"><title>${escapeText(label)}</title>${escapeText(shown)}</text>`;
    const counts = scale.ticks.map((ms) => {
      const atRisk = steps.find(({ timeMs }) => timeMs >= ms)?.atRisk ?? 0;
      return `<text x="${x(ms)}" y="${y}" text-anchor="middle" fill="currentColor">${atRisk}</text>`;
    });
    return `${sample(i, 12, y - 4)}${name}${counts.join("")}`;
  });
  return head + rows.join("");
}
