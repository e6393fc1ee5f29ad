/** How the news of a lie spreads: the share of nodes that know, over time. */

import type { Figure } from "../report-shape.ts";
import { STATES, type StateName, type Timeline, type TimelineNode } from "../timeline.ts";
import { nestedWidths } from "./coinciding.ts";
import { CENTRED, type Plotter } from "./plotter.ts";
import { figureOf, SERIES, sample } from "./sheet.ts";
import { straightTimeScale, tickText } from "./time-scale.ts";

const WIDTH = 760;
const HEIGHT = 330;
/** Places along the axis at which curves are compared. */
const SAMPLES = 100;
const LEGEND_HEIGHT = 28;
const KINDS: readonly { state: StateName; words: string }[] = [
  { state: "fork", words: "holds a head of the other history" },
  { state: "case", words: "holds a case" },
  { state: "convicted", words: "convicts" },
];

export interface SpreadOptions {
  readonly command: string;
  readonly lieUs: number;
  readonly toUs: number;
  /** These are not counted: they lie themselves. */
  readonly liars: ReadonlySet<string>;
}

/** Undefined where no node was to be told anything. */
export function spreadFigure(timeline: Timeline, options: SpreadOptions, { Plot, draw }: Plotter): Figure | undefined {
  const nodes = timeline.nodes.filter(({ role, name }) => role !== "client" && !options.liars.has(name));
  if (nodes.length === 0) return undefined;
  const endMs = (options.toUs - options.lieUs) / 1000;
  const lines = KINDS.map(({ state }) => curve(nodes, STATES.indexOf(state), options.lieUs, endMs));
  const widths = nestedWidths(lines.map((line) => heightsOf(line, endMs)));
  const plot = draw({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 56,
    marginBottom: 44,
    marginRight: 24,
    x: {
      domain: [0, endMs],
      label: "time since the lie began",
      ...CENTRED,
      ticks: [...straightTimeScale(endMs).ticks],
      tickFormat: tickText,
    },
    y: {
      domain: [0, 1],
      label: "share of honest nodes",
      ...CENTRED,
      percent: false,
      grid: true,
    },
    marks: [
      Plot.ruleY([0]),
      ...lines.map((line, i) =>
        Plot.line(line, {
          x: "ms",
          y: "share",
          curve: "step-after",
          stroke: SERIES[i]?.color ?? "",
          strokeWidth: widths[i] ?? 0,
          strokeDasharray: SERIES[i]?.dash ?? "none",
        }),
      ),
    ],
  });
  let x = 56;
  const legend = KINDS.map(({ words }, i) => {
    const item = `${sample(i, x, 16)}<text x="${x + 32}" y="20" fill="currentColor">${words}</text>`;
    x += 60 + words.length * 6.1;
    return item;
  });
  return figureOf({
    name: "spread",
    command: options.command,
    caption: `How the news spreads: the share of ${nodes.length} honest nodes that hold a head of the other history, that hold a case, and that convict, by the time since the lie began.`,
    width: WIDTH,
    height: HEIGHT + LEGEND_HEIGHT,
    parts: [
      { y: 0, svg: legend.join("") },
      { y: LEGEND_HEIGHT, svg: plot },
    ],
  });
}

function curve(
  nodes: readonly TimelineNode[],
  least: number,
  lieUs: number,
  endMs: number,
): { ms: number; share: number }[] {
  const times = nodes
    .flatMap(({ states }) => states.find(([, state]) => state >= least)?.[0] ?? [])
    .map((atUs) => Math.max(0, (atUs - lieUs) / 1000))
    .sort((a, b) => a - b);
  const points = times.map((ms, i) => ({ ms, share: (i + 1) / nodes.length })).filter(({ ms }) => ms <= endMs);
  return [{ ms: 0, share: 0 }, ...points, { ms: endMs, share: points.at(-1)?.share ?? 0 }];
}

function heightsOf(line: readonly { ms: number; share: number }[], endMs: number): number[] {
  return Array.from(
    { length: SAMPLES },
    (_, i) => line.findLast(({ ms }) => ms <= (i * endMs) / SAMPLES)?.share ?? Number.NaN,
  );
}
