/** Several sweeps over each other: the same lie with gossip, without, with clients alone. */

import { logRank } from "../../statistics/log-rank.ts";
import { comparePairedTimes } from "../../statistics/pairs.ts";
import type { DetectionTime } from "../../statistics/point-estimates.ts";
import { commandText } from "../command-text.ts";
import type { Plotter } from "../figures/plotter.ts";
import { survivalFigure } from "../figures/survival-figure.ts";
import { escapeText, type Html, table } from "../html.ts";
import type { Figure } from "../report-shape.ts";
import { commonPoints, heldText } from "./common-points.ts";
import { observations, type SweepData, type SweepPoint, survival } from "./sweep-data.ts";
import { openIntervalNote, quantileText, shareText, TIME_WORDS } from "./words.ts";

/** Points that get a picture. */
const MAX_POINTS = 6;
const TIMES: readonly DetectionTime[] = ["firstMs", "convictionMs", "clientMs"];

export function comparisonFigures(sweeps: readonly SweepData[], plotter: Plotter): Figure[] {
  const common = commonPoints(sweeps);
  const held = sweeps.flatMap((sweep) => {
    const text = heldText(sweep, sweeps);
    return text === "" ? [] : [`; "${sweep.label}" ${text}`];
  });
  return common.slice(0, MAX_POINTS).flatMap(({ label, of }, place) =>
    TIMES.map((time) => {
      const curves = of.flatMap((point, i) =>
        point === undefined ? [] : [{ label: sweeps[i]?.label ?? "", steps: survival(point, time) }],
      );
      const where = label === "" ? "" : `, at ${label}`;
      const { title, axis } = TIME_WORDS[time];
      return survivalFigure(
        curves,
        {
          name: `compared-${time.replace(/Ms$/, "")}${common.length > 1 ? `-${place + 1}` : ""}`,
          caption: `${title}${where}, compared${held.join("")}: the share of worlds that have not seen it yet (Kaplan-Meier), with pointwise 95 % bands; a cross: watching ended without it.`,
          command: sweeps.map(({ summary }) => commandText(summary.command)).join("\n"),
          axis,
          by: "",
        },
        plotter,
      );
    }),
  );
}

/** Each sweep against the first. */
export function comparisonTable(sweeps: readonly SweepData[]): Html {
  const rows = commonPoints(sweeps).flatMap(({ label, of }) =>
    of.flatMap((point, i) => (point === undefined ? [] : [cells(label, sweeps, i, point, of[0])])),
  );
  const heads = [
    "point",
    "sweep",
    "worlds",
    "detected",
    "first detection, median",
    "log-rank p",
    "pairs: earlier, later, alike",
    "sign test p",
  ];
  return `${table("First detection by an honest node, each sweep against the first", heads, rows)}${openIntervalNote(rows.flat())}`;
}

function cells(
  label: string,
  sweeps: readonly SweepData[],
  i: number,
  point: SweepPoint,
  first: SweepPoint | undefined,
): Html[] {
  const detection = point.estimates.detection;
  const tests =
    i === 0 || first === undefined ? ["–", "–", "–"] : compared(point, first, arePaired(sweeps[0], sweeps[i]));
  const sweep = sweeps[i];
  const held = sweep === undefined ? "" : heldText(sweep, sweeps);
  return [
    label || "all worlds",
    `${sweep?.label ?? ""}${held === "" ? "" : `, ${held}`}`,
    String(point.estimates.worlds),
    detection === null ? "–" : shareText(detection.firstMs.share),
    detection === null ? "–" : quantileText(detection.firstMs.median),
    ...tests,
  ].map(escapeText);
}

function compared(point: SweepPoint, first: SweepPoint, isPaired: boolean): string[] {
  const [ours, others] = [observations(point, "firstMs"), observations(first, "firstMs")];
  const { probability } = logRank(ours, others);
  if (!isPaired || ours.length !== others.length) return [probabilityText(probability), "not paired", "–"];
  const pairs = comparePairedTimes(ours.map((one, i) => [one, others[i] ?? one] as const));
  return [
    probabilityText(probability),
    `${pairs.firstEarlier}, ${pairs.secondEarlier}, ${pairs.ties + pairs.unknown}`,
    probabilityText(pairs.probability),
  ];
}

/** Repeat r of the one has the seed of repeat r of the other. */
function arePaired(a: SweepData | undefined, b: SweepData | undefined): boolean {
  return (
    a !== undefined && b !== undefined && a.summary.seed === b.summary.seed && a.summary.repeats === b.summary.repeats
  );
}

function probabilityText(probability: number | null): string {
  if (probability === null) return "–";
  return probability < 0.001 ? "< 0.001" : probability.toFixed(3);
}
