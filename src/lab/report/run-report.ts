/** The report of one run: its story, its timeline to walk through, and how to get the same again. */
import { join } from "node:path";
import { errorMessage } from "../../core/errors.ts";
import { bytesText } from "./bytes-text.ts";
import { escapeText, type Html, renderPage, table } from "./html.ts";
import { type LanesView, PAGE_PALETTE } from "./lanes-view.ts";
import { invalidResult, lineBatches } from "./lines.ts";
import { drawLanes } from "./page/lanes.js";
import { LEGEND, legendMark } from "./page/legend.js";
import { durationText } from "./page/time-text.js";
import { provenance } from "./provenance.ts";
import type { Report, ReportOptions } from "./report-shape.ts";
import { runFigures } from "./run-figures.ts";
import { lieStartUs, type Story, tellStory } from "./story.ts";
import type { RunSummary } from "./summary.ts";
import { STATES, type Timeline } from "./timeline.ts";
import { TimelineBuilder } from "./timeline-builder.ts";
import { parseTraceLine } from "./trace-line.ts";

const SCRIPTS = [
  "escape.js",
  "table.js",
  "time-text.js",
  "ledger-at.js",
  "marks.js",
  "crowd-lane.js",
  "lanes.js",
  "ledger-panel.js",
  "copy.js",
  "run-page.js",
];
const STATIC_WIDTH = 1100;
/** Rows of the table of who knew what when. */
const MAX_KNOWLEDGE_ROWS = 200;

export async function runReport(summary: RunSummary, options: ReportOptions): Promise<Report> {
  const timeline = await readTimeline(join(summary.folder, "trace.jsonl"), options);
  const story = tellStory(summary, timeline);
  const lieUs = lieStartUs(summary, timeline);
  const window = storyWindow(timeline, story, summary);
  const view: LanesView = {
    ...window,
    endUs: timeline.endUs,
    width: STATIC_WIDTH,
    palette: PAGE_PALETTE,
    moments: story.moments,
    selected: -1,
    id: "lanes",
  };
  const figures = await runFigures(summary, timeline, story, window);
  const body = [
    `<header><p class="kind">Simulated run</p><h1>${escapeText(summary.scenario.title)}</h1><p class="about">${escapeText(summary.scenario.about)}</p></header>`,
    "<main>",
    `<section class="story" aria-labelledby="story-title"><h2 id="story-title">What happened</h2><ul>${story.sentences.map((one) => `<li>${escapeText(one)}</li>`).join("")}</ul>${keyFigures(summary)}</section>`,
    timelineSection(timeline, drawLanes(timeline, view)),
    knowledgeTable(timeline, lieUs),
    ...figures.shown.map(
      ({ name, caption, html }) =>
        `<figure id="${name}">${html}<figcaption>${escapeText(caption)}</figcaption></figure>`,
    ),
    provenance(summary, [["trace", `${timeline.lines} lines, SHA-256 ${summary.traceHash}`]]),
    "</main>",
  ].join("\n");
  const html = await renderPage({
    title: `${summary.scenario.title}: simulated run, seed ${summary.seed}`,
    body,
    data: { timeline, view: { moments: story.moments, lieUs, story: window, palette: PAGE_PALETTE } },
    scripts: SCRIPTS,
  });
  return { html, figures: [...figures.files, ...figures.shown] };
}

async function readTimeline(file: string, { onProgress }: ReportOptions): Promise<Timeline> {
  const builder = new TimelineBuilder();
  let lines = 0;
  for await (const batch of lineBatches(file)) {
    for (const text of batch) {
      lines++;
      if (text === "") continue;
      try {
        builder.add(parseTraceLine(text));
      } catch (error) {
        throw invalidResult(file, `line ${lines} is not a line of a trace: ${errorMessage(error)}`, error);
      }
    }
    onProgress?.(`${lines} lines of the trace`);
  }
  return builder.finish();
}

/** From a little before the lie until nodes know of it; the whole run where there is no lie, or nothing came of it. */
function storyWindow(
  { endUs }: Timeline,
  { moments }: Story,
  { measures }: RunSummary,
): { fromUs: number; toUs: number } {
  const first = moments[0]?.atUs;
  const { firstMs = null, everyHonestMs = null, convictionMs = null } = measures.detection ?? {};
  const spanUs = 1000 * Math.max(firstMs ?? 0, everyHonestMs ?? 0, convictionMs ?? 0);
  if (first === undefined || spanUs === 0) return { fromUs: 0, toUs: endUs };
  return {
    fromUs: Math.max(0, Math.floor(first - spanUs * 0.2)),
    toUs: Math.min(endUs, Math.ceil(first + spanUs * 1.25)),
  };
}

function keyFigures({ measures, scenario }: RunSummary): Html {
  const { perNode, headDelayMs, quorumAvailability } = measures;
  const ofClients = (text: string): string => (scenario.clients.length === 0 ? "no clients" : text);
  const ms = (value: number | null | undefined): string =>
    value === null || value === undefined ? "never" : durationText(Math.round(value * 1000));
  type Figure = [string, string];
  const ofKeys = (figure: Figure): Figure[] => (measures.keys === undefined ? [] : [figure]);
  const figures: Figure[] = [
    ...(measures.detection === undefined
      ? []
      : ([
          ["first noticed", ms(measures.detection.firstMs)],
          ["every honest node", ms(measures.detection.everyHonestMs)],
          ["first conviction", ms(measures.detection.convictionMs)],
          ["client warned", ofClients(ms(measures.detection.clientMs))],
          ...ofKeys(["victim refused the key", ms(measures.detection.victimMs)]),
          ...ofKeys(["owner found the key", ms(measures.detection.ownerMs)]),
        ] satisfies [string, string][])),
    ...(measures.keys === undefined
      ? ([["other history accepted by clients", ofClients(String(measures.victimAccepted))]] satisfies Figure[])
      : ([
          ["keys checked", String(measures.keys.checks)],
          ["wrong keys taken", String(measures.keys.deceived)],
          ["false alarms", String(measures.keys.falseAlarms)],
        ] satisfies Figure[])),
    ["false convictions", String(measures.falseConvictions)],
    ["heads signed", String(measures.signedHeads)],
    ...(headDelayMs === null
      ? []
      : ([
          ["head reaches a node, median", ms(headDelayMs.p50)],
          ["99 % of heads", ms(headDelayMs.p99)],
        ] satisfies [string, string][])),
    ["sent per node", `${Math.round(perNode.messagesSent)} messages, ${bytesText(perNode.bytesSent)}`],
    ...(quorumAvailability === null
      ? []
      : ([["questions with a quorum", `${(quorumAvailability * 100).toFixed(1)} %`]] satisfies [string, string][])),
    ["events, simulated time", `${measures.events}, ${ms(measures.virtualMs)}`],
  ];
  return `<dl class="figures">${figures.map(([name, value]) => `<div><dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd></div>`).join("")}</dl>`;
}

function timelineSection(timeline: Timeline, svg: Html): Html {
  const legend = LEGEND.map(
    ({ kind, words }) =>
      `<li><svg width="18" height="16" aria-hidden="true">${legendMark(kind, PAGE_PALETTE)}</svg>${words}</li>`,
  ).join("");
  const leftOut =
    timeline.leftOut.length === 0
      ? ""
      : `<p class="left-out"><strong>Left out:</strong> ${timeline.leftOut.map(escapeText).join("; ")}.</p>`;
  return `<section aria-labelledby="timeline-title">
<h2 id="timeline-title">Who knew what when</h2>
<p>Each lane is a node. Its bar grows thicker with what it knows: the main history alone, a head of the other history, a case, a conviction. Choose a lane to see that node's ledger at the marked time.</p>
<ul class="legend">${legend}</ul>
${leftOut}
<div class="controls" role="group" aria-label="Time">
<button type="button" id="previous" title="Previous event (left arrow)">‹ Event</button>
<input type="range" id="time" min="0" max="1000" value="0" aria-label="Time within what is shown">
<button type="button" id="next" title="Next event (right arrow)">Event ›</button>
<button type="button" id="play" aria-pressed="false">Play</button>
<output id="now" for="time" aria-live="polite"></output>
<span class="zoom"><button type="button" id="whole">Whole run</button><button type="button" id="story">The lie</button><button type="button" id="closer" aria-label="Zoom in" title="Zoom in (+)">+</button><button type="button" id="wider" aria-label="Zoom out" title="Zoom out (−)">−</button></span>
</div>
<div id="lanes" tabindex="0" role="region" aria-label="Timeline; left and right arrow go from event to event, plus and minus zoom">${svg}</div>
<div id="ledger" role="region" aria-label="Ledger"></div>
</section>`;
}

/** The same in rows, for those who read rather than look, and to copy. */
function knowledgeTable(timeline: Timeline, lieUs: number | null): Html {
  const nodes = timeline.nodes.filter(({ role }) => role !== "client");
  const since = (atUs: number | undefined): string => {
    if (atUs === undefined) return "–";
    return lieUs === null ? durationText(atUs) : `+${durationText(atUs - lieUs)}`.replace("+−", "−");
  };
  const reached = (states: readonly (readonly [number, number])[], name: (typeof STATES)[number]): string =>
    since(states.find(([, state]) => state >= STATES.indexOf(name))?.[0]);
  const rows = nodes
    .slice(0, MAX_KNOWLEDGE_ROWS)
    .map(({ name, states, down, signed, halted }) => [
      escapeText(name),
      reached(states, "fork"),
      reached(states, "case"),
      reached(states, "convicted"),
      String(signed.length),
      escapeText(
        down.map(([from, to, why]) => `${why}, ${durationText(from)} to ${durationText(to)}`).join("; ") || "–",
      ),
      escapeText(halted.map(([atUs, reason]) => `${reason}, ${durationText(atUs)}`).join("; ") || "–"),
    ]);
  const more = nodes.length > rows.length ? `; the first ${rows.length} of ${nodes.length} nodes` : "";
  const caption = `${lieUs === null ? "Times since the run began" : "Times since the lie began"}${more}`;
  const heads = ["node", "other history", "case", "conviction", "heads signed", "down", "halted"];
  return `<details><summary>The same as a table</summary>${table(caption, heads, rows)}</details>`;
}
