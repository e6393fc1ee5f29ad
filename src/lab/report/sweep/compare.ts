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
import { CLIENT, CONVICTION, FIRST, type Outcome, worldsWith } from "./outcomes.ts";
import { observations, type SweepData, type SweepPoint, survival } from "./sweep-data.ts";
import { openIntervalNote, quantileText, shareText, TIME_WORDS } from "./words.ts";

/** Points that get a picture. */
const MAX_POINTS = 6;
const COMPARED: readonly Outcome[] = [FIRST, CONVICTION, CLIENT];

export function comparisonFigures(sweeps: readonly SweepData[], plotter: Plotter): Figure[] {
  const common = commonPoints(sweeps);
  const held = sweeps.flatMap((sweep) => {
    const text = heldText(sweep, sweeps);
    return text === "" ? [] : [`; "${sweep.label}" ${text}`];
  });
  const seen = seenTimes(sweeps, COMPARED);
  return common.slice(0, MAX_POINTS).flatMap(({ label, of }, place) =>
    seen.map((time) => {
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

/** Each sweep against the first, in what honest nodes noticed and, where a client was warned at all, in that. */
export function comparisonTables(sweeps: readonly SweepData[]): Html {
  const warned = seenTimes(sweeps, [CLIENT]);
  return (["firstMs", ...warned] as const).map((time) => comparisonTable(sweeps, time)).join("");
}

function comparisonTable(sweeps: readonly SweepData[], time: DetectionTime): Html {
  const rows = commonPoints(sweeps).flatMap(({ label, of }) =>
    of.flatMap((point, i) => (point === undefined ? [] : [cells({ label, time }, sweeps, i, point, of[0])])),
  );
  const { title, head } = TIME_WORDS[time];
  const heads = [
    "point",
    "sweep",
    "worlds",
    "seen",
    `${head}, median`,
    "log-rank p",
    "pairs: earlier, later, alike",
    "sign test p",
  ];
  return `${table(`${title}, each sweep against the first`, heads, rows)}${openIntervalNote(rows.flat())}`;
}

function seenTimes(sweeps: readonly SweepData[], outcomes: readonly Outcome[]): DetectionTime[] {
  return outcomes.flatMap((outcome) =>
    outcome.time !== undefined && sweeps.some((sweep) => worldsWith(sweep, outcome).happened > 0) ? [outcome.time] : [],
  );
}

function cells(
  { label, time }: { readonly label: string; readonly time: DetectionTime },
  sweeps: readonly SweepData[],
  i: number,
  point: SweepPoint,
  first: SweepPoint | undefined,
): Html[] {
  // Of keys only sweeps in which clients check them say anything.
  const found = point.estimates.detection?.[time];
  const isComparable = found !== undefined && first?.estimates.detection?.[time] !== undefined;
  const tests =
    i === 0 || first === undefined || !isComparable
      ? ["–", "–", "–"]
      : compared(point, first, time, pairingOf(sweeps[0], sweeps[i]));
  const sweep = sweeps[i];
  const held = sweep === undefined ? "" : heldText(sweep, sweeps);
  return [
    label || "all worlds",
    `${sweep?.label ?? ""}${held === "" ? "" : `, ${held}`}`,
    String(point.estimates.worlds),
    found === undefined ? "–" : shareText(found.share),
    found === undefined ? "–" : quantileText(found.median),
    ...tests,
  ].map(escapeText);
}

function compared(point: SweepPoint, first: SweepPoint, time: DetectionTime, pairing: Pairing): string[] {
  const [ours, others] = [observations(point, time), observations(first, time)];
  const { probability } = logRank(ours, others);
  if (pairing === "independent" || ours.length !== others.length)
    return [probabilityText(probability), "not paired", "–"];
  const pairs = comparePairedTimes(ours.map((one, i) => [one, others[i] ?? one] as const));
  return [
    probabilityText(probability),
    `${pairs.firstEarlier}, ${pairs.secondEarlier}, ${pairs.ties + pairs.unknown}`,
    probabilityText(pairs.probability),
  ];
}

/** Paired: repeat r of the one has the seed of repeat r of the other. */
type Pairing = "paired" | "independent";

function pairingOf(a: SweepData | undefined, b: SweepData | undefined): Pairing {
  const isPaired = a?.summary.seed === b?.summary.seed && a?.summary.repeats === b?.summary.repeats;
  return a !== undefined && isPaired ? "paired" : "independent";
}

function probabilityText(probability: number | null): string {
  if (probability === null) return "–";
  return probability < 0.001 ? "< 0.001" : probability.toFixed(3);
}
