/** The pictures of a run. */

import { commandText } from "./command-text.ts";
import { loadPlotter } from "./figures/plotter.ts";
import { figureOf } from "./figures/sheet.ts";
import { spreadFigure } from "./figures/spread-figure.ts";
import { PAPER } from "./lanes-view.ts";
import { drawLanes } from "./page/lanes.js";
import { drawLegend } from "./page/legend.js";
import type { Figure } from "./report-shape.ts";
import { lieStartUs, type Story } from "./story.ts";
import type { RunSummary } from "./summary.ts";
import type { Timeline } from "./timeline.ts";

const PAPER_WIDTH = 900;

export interface RunFigures {
  /** Stand in the page. */
  readonly shown: readonly Figure[];
  /** Files alone: the page draws its timeline itself. */
  readonly files: readonly Figure[];
}

export async function runFigures(
  summary: RunSummary,
  timeline: Timeline,
  story: Story,
  window: { fromUs: number; toUs: number },
): Promise<RunFigures> {
  const command = commandText(summary.command);
  const lieUs = lieStartUs(summary, timeline);
  const liars = new Set(summary.scenario.behaviours.flatMap(({ auditors }) => auditors));
  const spread =
    lieUs === null || window.toUs <= lieUs
      ? undefined
      : spreadFigure(timeline, { command, lieUs, toUs: window.toUs, liars }, await loadPlotter());
  const whole = { fromUs: 0, toUs: timeline.endUs };
  const isZoomed = window.fromUs > 0 || window.toUs < timeline.endUs;
  return {
    shown: spread === undefined ? [] : [spread],
    files: [
      lanesFigure("timeline", "Timeline of the whole run", whole, timeline, story, command),
      ...(isZoomed ? [lanesFigure("timeline-lie", "Timeline around the lie", window, timeline, story, command)] : []),
    ],
  };
}

function lanesFigure(
  name: string,
  caption: string,
  window: { fromUs: number; toUs: number },
  timeline: Timeline,
  story: Story,
  command: string,
): Figure {
  const lanes = drawLanes(timeline, {
    ...window,
    endUs: timeline.endUs,
    width: PAPER_WIDTH,
    palette: PAPER,
    moments: story.moments,
    selected: -1,
    id: name,
  });
  const height = Number(/height="([\d.]+)"/.exec(lanes)?.[1]);
  const parts = [
    { y: 0, svg: lanes },
    { y: height + 6, svg: drawLegend(PAPER_WIDTH, PAPER) },
  ];
  return figureOf({ name, caption, command, width: PAPER_WIDTH, height: height + 52, parts });
}
