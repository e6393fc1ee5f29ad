/** A sweep's numbers: all points, what each parameter moves, and the same for LaTeX. */
import { defaultFaultBound } from "../../../core/roster.ts";
import { type SensitivityRow, sensitivity } from "../../statistics/sensitivity.ts";
import { copyable, escapeText, type Html, table } from "../html.ts";
import type { SweepSummary } from "../summary.ts";
import { latexTable } from "./latex.ts";
import type { SweepData, SweepPoint } from "./sweep-data.ts";
import { meanText, openIntervalNote, quantileText, round, shareText } from "./words.ts";

/** More rows make a page that nobody reads; worlds.csv and summary.json have all. */
const MAX_ROWS = 400;

const HEADS = [
  "worlds",
  "detected",
  "first detection, median",
  "90 % by",
  "every honest node, median",
  "conviction, median",
  "client warned",
  "accepted by victims, median",
  "bytes sent per node",
  "questions with a quorum",
  "false convictions",
];

export function pointsTable({ axes, points, summary }: SweepData): Html {
  const rows = points
    .slice(0, MAX_ROWS)
    .map((point) =>
      [...axes.map(({ path }) => String(point.values[path])), boundOf(point, summary), ...cellsOf(point, summary)].map(
        escapeText,
      ),
    );
  const more = points.length > MAX_ROWS ? `; the first ${MAX_ROWS} of ${points.length} points` : "";
  const caption = `Estimates with 95 % intervals: shares by Wilson, times by Kaplan and Meier (undetected worlds included), means by Student${more}`;
  return `${table(caption, [...axes.map(({ path }) => path), "f", ...HEADS], rows)}${openIntervalNote(rows.flat())}`;
}

/** f, how many auditors may lie at this point. */
function boundOf({ values }: SweepPoint, { scenario }: SweepSummary): string {
  const auditors = Number(values["auditors"] ?? scenario.auditors);
  const bound = Number(values["faultBound"] ?? scenario.faultBound ?? defaultFaultBound(auditors));
  return Number.isInteger(bound) ? String(bound) : "–";
}

/** What a paper prints: a few columns. */
export function pointsLatex({ axes, points, summary }: SweepData, id: string): Html {
  const kept = [0, 1, 2, 5, 7];
  const heads = [...axes.map(({ path }) => path), ...kept.map((i) => HEADS[i] ?? "")];
  const rows = points.slice(0, MAX_ROWS).map((point) => {
    const cells = cellsOf(point, summary);
    return [...axes.map(({ path }) => String(point.values[path])), ...kept.map((i) => cells[i] ?? "")];
  });
  const caption = `${summary.scenario.title}: ${summary.repeats} worlds a point; medians by Kaplan and Meier, shares with Wilson intervals, all at 95\u00a0%.`;
  return copyable(id, "Table for LaTeX (package booktabs)", latexTable({ heads, rows, caption }));
}

export function sensitivityTable({ axes, points }: SweepData): Html {
  if (axes.length === 0) return "";
  const rows = sensitivity(axes, points).filter(({ change }) => change !== null);
  if (rows.length === 0) return "";
  const caption =
    "What each parameter moves, from its first value to its last, averaged over all settings of the others";
  const heads = [
    "what",
    "parameter",
    "from",
    "to",
    "at first",
    "at last",
    "change",
    "least, most",
    "% for 1 %",
    "settings",
  ];
  return `<section><h2>Sensitivity</h2>${table(caption, heads, rows.map(sensitivityCells))}<p>Least and most far apart: the parameter acts together with another one. "% for 1 %" is the elasticity between the two ends.</p></section>`;
}

function sensitivityCells(row: SensitivityRow): Html[] {
  const number = (value: number | null): string => (value === null ? "–" : round(value));
  const unknown = row.unknownSettings === 0 ? "" : `, ${row.unknownSettings} without a value`;
  return [
    row.output,
    row.path,
    String(row.from),
    String(row.to),
    number(row.outputFrom),
    number(row.outputTo),
    number(row.change),
    `${number(row.leastChange)}, ${number(row.mostChange)}`,
    number(row.elasticity),
    `${row.settings}${unknown}`,
  ].map(escapeText);
}

function cellsOf({ estimates }: SweepPoint, { scenario, vary }: SweepSummary): string[] {
  const hasClients = scenario.clients.length > 0 || vary.some(({ path }) => path.split(".")[0] === "clients");
  const ofClients = (text: string): string => (hasClients ? text : "no clients");
  const { detection, perNode } = estimates;
  const ofTimes =
    detection === null
      ? ["–", "–", "–", "–", "–", "–"]
      : [
          shareText(detection.firstMs.share),
          quantileText(detection.firstMs.median),
          quantileText(detection.firstMs.quantiles.find(({ part }) => part === 0.9) ?? detection.firstMs.median),
          quantileText(detection.everyHonestMs.median),
          quantileText(detection.convictionMs.median),
          ofClients(shareText(detection.clientMs.share)),
        ];
  return [
    String(estimates.worlds),
    ...ofTimes,
    ofClients(estimates.victimAccepted.p50 === null ? "–" : round(estimates.victimAccepted.p50)),
    meanText(perNode.bytesSent),
    meanText(estimates.quorumAvailability),
    String(estimates.falseConvictions),
  ];
}
