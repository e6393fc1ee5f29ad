/** The report of a sweep, or of several that are compared: curves, maps, tables, and how to get the same again. */
import { basename, resolve } from "node:path";
import { nobodyHonestAt } from "../experiment/nobody-honest.ts";
import { loadPlotter } from "./figures/plotter.ts";
import { escapeText, type Html, renderPage } from "./html.ts";
import { provenance } from "./provenance.ts";
import type { Figure, Report, ReportOptions } from "./report-shape.ts";
import type { SweepSummary } from "./summary.ts";
import { comparisonFigures, comparisonTables } from "./sweep/compare.ts";
import { differencesSection } from "./sweep/differences.ts";
import {
  ACCEPTED,
  CLIENT,
  FIRST,
  hasClients,
  hasKeys,
  OUTCOMES,
  OWNER,
  seenOutcomes,
  spokenOf,
  VICTIM,
  worldsWith,
} from "./sweep/outcomes.ts";
import { readSweep, type SweepData } from "./sweep/sweep-data.ts";
import { settingsLeftOut, sweepFigures } from "./sweep/sweep-figures.ts";
import { pointsLatex, pointsTable, sensitivityTable } from "./sweep/sweep-tables.ts";

export async function sweepReport(summaries: readonly SweepSummary[], options: ReportOptions): Promise<Report> {
  const labels = labelsOf(summaries);
  const sweeps: SweepData[] = [];
  for (const [i, summary] of summaries.entries()) sweeps.push(await readSweep(summary, labels[i] ?? "", options));
  const plotter = await loadPlotter();
  const isOne = sweeps.length === 1;
  const compared = isOne ? [] : comparisonFigures(sweeps, plotter);
  const own = sweeps.map((sweep, i) =>
    sweepFigures(sweep, plotter).map((figure) =>
      isOne ? figure : { ...figure, name: `sweep-${i + 1}-${figure.name}` },
    ),
  );
  const title = isOne ? (summaries[0]?.scenario.title ?? "") : `${labels.join(" · ")}`;
  const about = isOne ? aboutText(sweeps[0]) : "";
  const body = [
    `<header><p class="kind">${isOne ? "Sweep of simulated worlds" : "Sweeps compared"}</p><h1>${escapeText(title)}</h1><p class="about">${escapeText(about)}</p></header>`,
    "<main>",
    summarySection(sweeps),
    ...(isOne
      ? []
      : [
          ...figuresHtml(compared),
          `<section><h2>Compared</h2>${comparisonTables(sweeps)}${differencesSection(sweeps)}</section>`,
        ]),
    ...sweeps.flatMap((sweep, i) => sweepSection(sweep, own[i] ?? [], i, isOne)),
    "</main>",
  ].join("\n");
  const html = await renderPage({
    title: `${title}: ${isOne ? "sweep" : "sweeps compared"}`,
    body,
    data: {},
    scripts: ["copy.js"],
  });
  return { html, figures: [...compared, ...own.flat()] };
}

/** What a scenario says of itself need not be true where a value of it was varied. */
function aboutText(sweep: SweepData | undefined): string {
  const about = sweep?.summary.scenario.about ?? "";
  return about === "" || sweep?.axes.length === 0
    ? about
    : `Of the scenario as written, before anything was varied: ${about}`;
}

/** The scenarios' titles where they tell the sweeps apart, else their folders. */
function labelsOf(summaries: readonly SweepSummary[]): string[] {
  const titles = summaries.map(({ scenario }) => scenario.title);
  if (new Set(titles).size === titles.length) return titles;
  const folders = summaries.map(({ folder }) => basename(resolve(folder)));
  return new Set(folders).size === folders.length ? folders : summaries.map(({ folder }) => folder);
}

function summarySection(sweeps: readonly SweepData[]): Html {
  const items = sweeps.flatMap((sweep) => {
    const { summary, points, axes, label } = sweep;
    const worlds = points.reduce((sum, { estimates }) => sum + estimates.worlds, 0);
    const varied = axes.map(({ path, values }) => `${path} (${values.join(", ")})`).join(" and ");
    const name = sweeps.length > 1 ? `${label}: ` : "";
    const falseConvictions = points.reduce((sum, { estimates }) => sum + estimates.falseConvictions, 0);
    return [
      `${name}${worlds} ${worlds === 1 ? "world" : "worlds"}${points.length === 1 ? "" : ` at ${points.length} points, ${summary.repeats} at each`}${varied === "" ? "" : `; varied: ${varied}`}.`,
      ...warningOf(sweep).map((sentence) => `${name}${sentence}`),
      ...outcomeSentences(sweep).map((sentence) => `${name}${sentence}`),
      `${name}False convictions: ${falseConvictions}.`,
    ];
  });
  return `<section class="story"><h2>What was run</h2><ul>${items.map((one) => `<li>${escapeText(one)}</li>`).join("")}</ul></section>`;
}

function warningOf({ points }: SweepData): string[] {
  const warning = nobodyHonestAt(points.map((point) => point.warning));
  return warning === undefined ? [] : [warning];
}

/** What honest nodes and clients noticed, and what clients believed. */
function outcomeSentences(sweep: SweepData): string[] {
  const first = worldsWith(sweep, FIRST);
  if (first.trials === 0) return ["Nobody lied in any world."];
  const rest =
    first.happened === first.trials
      ? ""
      : `; ${first.happened === 0 ? "all" : "the others"} are censored at the end of their watching, never dropped`;
  const sentences = [`In ${first.happened} of ${first.trials} worlds with a lie an honest node noticed${rest}.`];
  if (!hasClients(sweep)) return [...sentences, "The scenario has no clients."];
  const [warned, accepted] = [worldsWith(sweep, CLIENT), worldsWith(sweep, ACCEPTED)];
  if (hasKeys(sweep)) {
    const [victim, owner] = [worldsWith(sweep, VICTIM), worldsWith(sweep, OWNER)];
    return [
      ...sentences,
      `In ${victim.happened} of ${victim.trials} a victim refused the wrong key, and in ${owner.happened} its owner found it.`,
    ];
  }
  return [
    ...sentences,
    `In ${warned.happened} of ${warned.trials} a client was warned, and in ${accepted.happened} a client accepted the other history.`,
  ];
}

/** Pictures of what never happened would be flat lines. */
function notDrawn(sweep: SweepData): Html {
  if (worldsWith(sweep, FIRST).trials === 0) return "";
  const seen = seenOutcomes(sweep, OUTCOMES);
  const missing = spokenOf(sweep, OUTCOMES).filter((one) => !seen.includes(one));
  if (missing.length === 0) return "";
  const names = missing.map(({ title }) => `${title[0]?.toLowerCase()}${title.slice(1)}`).join("; ");
  return `<p class="left-out"><strong>Happened in no world</strong>, so there is no picture of it: ${escapeText(names)}.</p>`;
}

function sweepSection(sweep: SweepData, figures: readonly Figure[], i: number, isOne: boolean): Html[] {
  const left = settingsLeftOut(sweep);
  return [
    ...(isOne ? [] : [`<h2 class="part">${escapeText(sweep.label)}</h2>`]),
    notDrawn(sweep),
    ...(left === 0
      ? []
      : [
          `<p class="left-out"><strong>Left out:</strong> pictures of ${left} further settings; the table has them.</p>`,
        ]),
    ...(isOne || figures.length === 0
      ? figuresHtml(figures)
      : ["<details><summary>Its own pictures</summary>", ...figuresHtml(figures), "</details>"]),
    `<section><h2>All points</h2>${pointsTable(sweep)}${pointsLatex(sweep, `latex${i}`)}</section>`,
    sensitivityTable(sweep),
    provenance(
      sweep.summary,
      [["repeats", `${sweep.summary.repeats} worlds a point; repeat r has the same seed at every point`]],
      String(i),
    ),
  ];
}

/** Two beside each other where there is room. */
function figuresHtml(figures: readonly Figure[]): Html[] {
  const one = ({ name, caption, command, html }: Figure): Html =>
    `<figure id="${name}">${html}<figcaption>${escapeText(caption)}<details><summary>Command and file</summary><code>${escapeText(command)}</code><br><code>${name}.svg</code></details></figcaption></figure>`;
  return figures.length === 0 ? [] : [`<div class="grid">${figures.map(one).join("\n")}</div>`];
}
