/** A sweep's numbers: all points, what each parameter moves, and the same for LaTeX. */
import { defaultFaultBound } from "../../../core/roster.ts";
import type { MeanEstimate, TimeQuantile, TimeToEvent } from "../../statistics/estimates.ts";
import type { PointEstimates } from "../../statistics/point-estimates.ts";
import { type SensitivityRow, sensitivity } from "../../statistics/sensitivity.ts";
import { copyable, escapeText, type Html, table } from "../html.ts";
import type { SweepSummary } from "../summary.ts";
import { latexTable } from "./latex.ts";
import { hasClients, hasKeys } from "./outcomes.ts";
import type { SweepData, SweepPoint } from "./sweep-data.ts";
import { meanText, openIntervalNote, quantileText, round, shareText } from "./words.ts";

/** More rows make a page that nobody reads; worlds.csv and summary.json have all. */
const MAX_ROWS = 400;

interface Column {
  readonly head: string;
  /** Of clients: left out where there are none. */
  readonly isOfClients?: true;
  /** Left out where nobody checks keys. */
  readonly isOfKeys?: true;
  /** Left out where clients check keys, and ask about digests no more. */
  readonly isOfDigests?: true;
  /** For papers, which print a few columns. */
  readonly isForPapers?: true;
  readonly cell: (estimates: PointEstimates) => string;
}

const NONE: MeanEstimate = { count: 0, mean: null, low: null, high: null };

const COLUMNS: readonly Column[] = [
  { head: "worlds", isForPapers: true, cell: ({ worlds }) => String(worlds) },
  { head: "detected", isForPapers: true, cell: ofLie(({ firstMs }) => shareText(firstMs.share)) },
  { head: "first detection, median", isForPapers: true, cell: ofLie(({ firstMs }) => quantileText(firstMs.median)) },
  { head: "90 % by", cell: ofLie(({ firstMs }) => quantileText(part(firstMs, 0.9))) },
  { head: "every honest node, median", cell: ofLie(({ everyHonestMs }) => quantileText(everyHonestMs.median)) },
  {
    head: "conviction, median",
    isForPapers: true,
    cell: ofLie(({ convictionMs }) => quantileText(convictionMs.median)),
  },
  {
    head: "client warned",
    isOfClients: true,
    isOfDigests: true,
    isForPapers: true,
    cell: ofLie(({ clientMs }) => shareText(clientMs.share)),
  },
  {
    head: "client warned, median",
    isOfClients: true,
    isOfDigests: true,
    isForPapers: true,
    cell: ofLie(({ clientMs }) => quantileText(clientMs.median)),
  },
  {
    head: "victim refused",
    isOfKeys: true,
    isForPapers: true,
    cell: ofLie(({ victimMs }) => (victimMs === undefined ? "–" : shareText(victimMs.share))),
  },
  {
    head: "victim refused, median",
    isOfKeys: true,
    isForPapers: true,
    cell: ofLie(({ victimMs }) => (victimMs === undefined ? "–" : quantileText(victimMs.median))),
  },
  {
    head: "owner found it",
    isOfKeys: true,
    isForPapers: true,
    cell: ofLie(({ ownerMs }) => (ownerMs === undefined ? "–" : shareText(ownerMs.share))),
  },
  {
    head: "owner found it, median",
    isOfKeys: true,
    isForPapers: true,
    cell: ofLie(({ ownerMs }) => (ownerMs === undefined ? "–" : quantileText(ownerMs.median))),
  },
  {
    head: "keys taken on a lie, mean",
    isOfKeys: true,
    cell: ({ keys }) => meanText(keys?.deceived ?? NONE),
  },
  {
    head: "keys shown to be right",
    isOfKeys: true,
    cell: ({ keys }) => meanText(keys?.verified ?? NONE),
  },
  {
    head: "accepted by a client",
    isOfClients: true,
    isOfDigests: true,
    isForPapers: true,
    cell: ({ detection, victimAccepted }) => (detection === null ? "–" : shareText(victimAccepted.share)),
  },
  {
    head: "epochs accepted, mean",
    isOfClients: true,
    isOfDigests: true,
    cell: ({ detection, victimAccepted }) => (detection === null ? "–" : meanText(victimAccepted.mean)),
  },
  { head: "bytes sent per node", cell: ({ perNode }) => meanText(perNode.bytesSent) },
  {
    head: "questions with a quorum",
    isOfClients: true,
    isOfDigests: true,
    cell: ({ quorumAvailability }) => meanText(quorumAvailability),
  },
  { head: "false convictions", cell: ({ falseConvictions }) => String(falseConvictions) },
];

export function pointsTable(sweep: SweepData): Html {
  const { axes, points, summary } = sweep;
  const columns = columnsOf(sweep);
  const rows = points
    .slice(0, MAX_ROWS)
    .map((point) =>
      [
        ...axes.map(({ path }) => String(point.values[path])),
        boundOf(point, summary),
        ...columns.map(({ cell }) => cell(point.estimates)),
      ].map(escapeText),
    );
  const more = points.length > MAX_ROWS ? `; the first ${MAX_ROWS} of ${points.length} points` : "";
  const clients = hasClients(sweep) ? "" : "; the scenario has no clients";
  const caption = `Estimates with 95 % intervals: shares by Wilson, times by Kaplan and Meier (undetected worlds included), means by Student${clients}${more}`;
  const heads = [...axes.map(({ path }) => path), "f", ...columns.map(({ head }) => head)];
  return `${table(caption, heads, rows)}${openIntervalNote(rows.flat())}`;
}

/** f, how many auditors may lie at this point. */
function boundOf({ values }: SweepPoint, { scenario }: SweepSummary): string {
  const auditors = Number(values["auditors"] ?? scenario.auditors);
  const bound = Number(values["faultBound"] ?? scenario.faultBound ?? defaultFaultBound(auditors));
  return Number.isInteger(bound) ? String(bound) : "–";
}

/** What a paper prints: a few columns. */
export function pointsLatex(sweep: SweepData, id: string): Html {
  const { axes, points, summary } = sweep;
  const columns = columnsOf(sweep).filter(({ isForPapers }) => isForPapers);
  const heads = [...axes.map(({ path }) => path), ...columns.map(({ head }) => head)];
  const rows = points
    .slice(0, MAX_ROWS)
    .map((point) => [
      ...axes.map(({ path }) => String(point.values[path])),
      ...columns.map(({ cell }) => cell(point.estimates)),
    ]);
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

function columnsOf(sweep: SweepData): readonly Column[] {
  const [clients, keys] = [hasClients(sweep), hasKeys(sweep)];
  return COLUMNS.filter(
    ({ isOfClients, isOfKeys, isOfDigests }) => (clients || !isOfClients) && !(keys ? isOfDigests : isOfKeys),
  );
}

/** A dash where nobody lied. */
function ofLie(cell: (detection: NonNullable<PointEstimates["detection"]>) => string): Column["cell"] {
  return ({ detection }) => (detection === null ? "–" : cell(detection));
}

function part({ median, quantiles }: TimeToEvent, wanted: number): TimeQuantile {
  return quantiles.find((one) => one.part === wanted) ?? median;
}
