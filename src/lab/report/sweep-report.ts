/** The report of a sweep, or of several that are compared: curves, maps, tables, and how to get the same again. */
import { basename, resolve } from "node:path";
import { loadPlotter } from "./figures/plotter.ts";
import { escapeText, type Html, renderPage } from "./html.ts";
import { provenance } from "./provenance.ts";
import type { Figure, Report, ReportOptions } from "./report-shape.ts";
import type { SweepSummary } from "./summary.ts";
import { comparisonFigures, comparisonTable } from "./sweep/compare.ts";
import { differencesSection } from "./sweep/differences.ts";
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
          `<section><h2>Compared</h2>${comparisonTable(sweeps)}${differencesSection(sweeps)}</section>`,
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
  const items = sweeps.flatMap(({ summary, points, axes, label }) => {
    const worlds = points.reduce((sum, { estimates }) => sum + estimates.worlds, 0);
    const varied = axes.map(({ path, values }) => `${path} (${values.join(", ")})`).join(" and ");
    const name = sweeps.length > 1 ? `${label}: ` : "";
    const falseConvictions = points.reduce((sum, { estimates }) => sum + estimates.falseConvictions, 0);
    const lied = points.filter(({ estimates }) => estimates.detection !== null);
    const happened = lied.reduce((sum, { estimates }) => sum + (estimates.detection?.firstMs.share.happened ?? 0), 0);
    const trials = lied.reduce((sum, { estimates }) => sum + (estimates.detection?.firstMs.share.trials ?? 0), 0);
    return [
      `${name}${worlds} ${worlds === 1 ? "world" : "worlds"}${points.length === 1 ? "" : ` at ${points.length} points, ${summary.repeats} at each`}${varied === "" ? "" : `; varied: ${varied}`}.`,
      ...(trials === 0
        ? [`${name}Nobody lied in any world.`]
        : [
            `${name}In ${happened} of ${trials} worlds with a lie an honest node noticed${happened === trials ? "" : "; the others are censored at the end of their watching, never dropped"}.`,
          ]),
      `${name}False convictions: ${falseConvictions}.`,
    ];
  });
  return `<section class="story"><h2>What was run</h2><ul>${items.map((one) => `<li>${escapeText(one)}</li>`).join("")}</ul></section>`;
}

function sweepSection(sweep: SweepData, figures: readonly Figure[], i: number, isOne: boolean): Html[] {
  const left = settingsLeftOut(sweep);
  return [
    ...(isOne ? [] : [`<h2 class="part">${escapeText(sweep.label)}</h2>`]),
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
