/**
 * The lanes of a timeline as SVG text: one drawing for the page, where it is drawn anew at each zoom, and for figures
 * on paper.
 */
import { drawCrowd } from "./crowd-lane.js";
import { escapeText } from "./escape.js";
import { down, halt, mark, markPath, strip } from "./marks.js";
import { clockText, timeTicks } from "./time-text.js";

/** @import { Timeline, TimelineNode } from "../timeline.ts" */
/** @import { Scale } from "./lanes.d.ts" */
/** @import { DrawingPalette, LanesView, Moment, Palette } from "../lanes-view.ts" */

const LABELS_WIDTH = 176;
/** On a phone: the first part of a name. */
const NARROW_LABELS_WIDTH = 92;
const NARROW = 560;
const RIGHT = 26;
const AXIS_HEIGHT = 30;
const MOMENT_ROW = 15;
const PROVIDER_HEIGHT = 44;
const LANE_HEIGHT = 26;
const CROWD_HEIGHT = 74;

/**
 * @param {Timeline} timeline
 * @param {LanesView} view
 * @returns {string}
 */
export function drawLanes(timeline, view) {
  const { width } = view;
  // The pattern's units are the drawing's, so one hatch serves all lanes.
  const palette = { ...view.palette, hatch: `url(#${view.id}-hatch)` };
  const crowded = new Set(timeline.crowds.map(({ role }) => role));
  const scale = scaleOf(view);
  const moments = view.moments.filter(({ atUs }) => atUs >= view.fromUs && atUs <= view.toUs);
  const top = AXIS_HEIGHT + moments.length * MOMENT_ROW;
  /** @type {string[]} */
  const parts = [];
  let y = top;
  parts.push(providerLane(timeline, scale, y, palette));
  y += PROVIDER_HEIGHT;
  for (const [place, node] of timeline.nodes.entries()) {
    if (crowded.has(node.role)) continue;
    parts.push(nodeLane(node, place, { ...scale, y }, view, palette));
    y += LANE_HEIGHT;
  }
  for (const crowd of timeline.crowds) {
    const text = `${crowd.count} ${crowd.role}s`;
    const scaleText = `<text x="${scale.left - 12}" y="${y + 40}" text-anchor="end" font-size="10" fill="${palette.faint}">${width < NARROW ? "shares" : "share in each state"}</text>`;
    const lane = drawCrowd(crowd, timeline.endUs, { ...scale, y: y + 8, height: CROWD_HEIGHT - 16 }, palette);
    parts.push(
      `<g class="crowd" data-crowd="${crowd.role}">${label(text, scale.left, y + 26, palette)}${scaleText}${lane}</g>`,
    );
    y += CROWD_HEIGHT;
  }
  const height = y + 6;
  const behind = bands(timeline, scale, top, height, palette) + axis(view, scale, height);
  const before = momentLines(moments, scale, height, palette, width);
  const hatch = `<defs><pattern id="${view.id}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="${palette.paper}"/><rect width="2.5" height="6" fill="${palette.down}"/></pattern></defs>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif" font-size="12" role="group" aria-label="Timeline from ${escapeText(clockText(view.fromUs))} to ${escapeText(clockText(view.toUs))}">${hatch}${behind}${parts.join("")}<g class="moments">${before}</g></svg>`;
}

/**
 * Where a time lies in a drawing, as the page's cursor needs it too.
 * @param {Pick<LanesView, "fromUs" | "toUs" | "width">} view
 * @returns {Scale}
 */
export function scaleOf({ fromUs, toUs, width }) {
  const left = width < NARROW ? NARROW_LABELS_WIDTH : LABELS_WIDTH;
  const right = width - RIGHT;
  const perUs = (right - left) / Math.max(1, toUs - fromUs);
  return {
    left,
    right,
    fromUs,
    toUs,
    /** @param {number} us */
    x: (us) => Math.round((left + (us - fromUs) * perUs) * 10) / 10,
    /** @param {number} x */
    usAt: (x) => Math.round(fromUs + (x - left) / perUs),
  };
}

/**
 * @param {string} text
 * @param {number} left where the lanes begin
 * @param {number} y
 * @param {Palette} palette
 */
function label(text, left, y, palette) {
  const most = Math.floor((left - 12) / 6.5);
  const name = text.length > most ? text.replace(".example", "") : text;
  const shown = name.length > most ? `${name.slice(0, most - 1)}…` : name;
  return `<text x="${left - 12}" y="${y}" text-anchor="end" fill="${palette.ink}">${escapeText(shown)}</text>`;
}

/**
 * @param {Timeline} timeline
 * @param {Scale} scale
 * @param {number} y
 * @param {Palette} palette
 */
function providerLane(timeline, scale, y, palette) {
  const parts = [label("provider", scale.left, y + 24, palette)];
  let lastTextX = -100;
  for (const branch of /** @type {const} */ ([0, 1])) {
    const epochs = timeline.epochs.filter((one) => one[2] === branch);
    const marks = merged(epochs, scale).map(({ x, of, count }) => {
      const [atUs, epoch] = of;
      const what = branch === 0 ? "epoch" : "other history, epoch";
      const title = `${what} ${epoch}${count > 1 ? ` and ${count - 1} more` : ""}, ${clockText(atUs)}`;
      return mark(branch === 0 ? "main" : "fork", x, y + (branch === 0 ? 20 : 34), title, palette);
    });
    parts.push(...marks);
  }
  for (const [atUs, epoch, branch] of timeline.epochs) {
    const x = scale.x(atUs);
    if (branch === 1 || x < scale.left || x > scale.right || x - lastTextX < 44) continue;
    lastTextX = x;
    parts.push(`<text x="${x + 7}" y="${y + 14}" font-size="10" fill="${palette.faint}">${epoch}</text>`);
  }
  return `<g class="provider">${parts.join("")}</g>`;
}

/**
 * @param {TimelineNode} node
 * @param {number} place
 * @param {Scale & { y: number }} at
 * @param {LanesView} view
 * @param {DrawingPalette} palette
 */
function nodeLane(node, place, at, view, palette) {
  const middle = at.y + LANE_HEIGHT / 2;
  const parts = [
    `<rect class="hit" x="0" y="${at.y}" width="${view.width}" height="${LANE_HEIGHT}" fill="${place === view.selected ? palette.selected : "transparent"}"/>`,
    label(node.name, at.left, middle + 4, palette),
    strip(node.states, view.endUs, at, middle, palette),
    ...node.down.map((one) => down(one, at, at.y + 4, LANE_HEIGHT - 8, palette)),
  ];
  for (const { x, of, count } of merged(node.signed, at)) {
    const [atUs, epoch, branch] = of;
    const more = count > 1 ? ` and ${count - 1} more heads` : "";
    const side = branch === 1 ? ", other history" : "";
    parts.push(
      mark(
        branch === 1 ? "fork" : "main",
        x,
        middle,
        `signed epoch ${epoch}${side}, ${clockText(atUs)}${more}`,
        palette,
      ),
    );
  }
  for (const { x, of, count } of merged(node.answers, at)) {
    const [atUs, result, , branch, asked, times] = of;
    const kind = clientMark(result, branch);
    const more = count > 1 ? `; ${count - 1} more changes here` : "";
    parts.push(
      mark(
        kind,
        x,
        middle,
        `${result}${branch === 1 ? ", other history" : ""}, ${clockText(atUs)}, ${times} alike; asked ${asked}${more}`,
        palette,
      ),
    );
  }
  for (const { x, of } of merged(
    node.cases.filter((one) => one[2] !== null),
    at,
  )) {
    const [atUs, , caseClass] = of;
    const kind = caseClass === "disagreement" ? "case" : "convicted";
    parts.push(mark(kind, x, middle, `${caseClass}, ${clockText(atUs)}`, palette));
  }
  for (const [atUs, reason] of node.halted)
    parts.push(halt(at.x(atUs), middle, `halted: ${reason}, ${clockText(atUs)}`, at, palette));
  return `<g class="lane" data-node="${place}" role="button" tabindex="0" aria-label="${escapeText(node.name)}: show its ledger" aria-pressed="${place === view.selected}">${parts.join("")}</g>`;
}

/**
 * @param {string} result
 * @param {number} branch
 * @returns {"main" | "fork" | "case" | "unsure"}
 */
function clientMark(result, branch) {
  if (result === "conflict" || result === "wrong-digest" || result.includes(": alarm")) return "case";
  // Of a check of a key: node-history.ts writes them.
  if (/: (verified|changed)/.test(result)) return result.endsWith("(a lie)") ? "fork" : "main";
  if (result !== "satisfied") return "unsure";
  return branch === 1 ? "fork" : "main";
}

/**
 * Marks that would cover each other, as one: the first, and how many.
 * @template {readonly [number, ...unknown[]]} T
 * @param {readonly T[]} all in order of time
 * @param {Scale} scale
 * @returns {{ x: number, of: T, count: number }[]}
 */
function merged(all, scale) {
  /** @type {{ x: number, of: T, count: number }[]} */
  const kept = [];
  for (const of of all) {
    const x = scale.x(of[0]);
    if (x < scale.left - 4 || x > scale.right + 4) continue;
    const last = kept.at(-1);
    const isAlike = last !== undefined && String(last.of[2]) === String(of[2]) && last.of[3] === of[3];
    if (last !== undefined && x - last.x < 4 && isAlike) last.count++;
    else kept.push({ x, of, count: 1 });
  }
  return kept;
}

/**
 * @param {Timeline} timeline
 * @param {Scale} scale
 * @param {number} top
 * @param {number} bottom
 * @param {Palette} palette
 */
function bands(timeline, scale, top, bottom, palette) {
  return timeline.partitions
    .filter(({ fromUs, toUs }) => toUs > scale.fromUs && fromUs < scale.toUs)
    .map(({ fromUs, toUs, groups }) => {
      const x = Math.max(scale.left, scale.x(fromUs));
      const width = Math.min(scale.right, scale.x(toUs)) - x;
      const text =
        width > 60
          ? `<text x="${x + width / 2}" y="${top - 4}" text-anchor="middle" font-size="10" fill="${palette.faint}" stroke="${palette.paper}" stroke-width="3" paint-order="stroke">partition</text>`
          : "";
      const title = `<title>partition: ${escapeText(groups)}, ${clockText(fromUs)} to ${clockText(toUs)}</title>`;
      return `<g>${title}<rect x="${x}" y="${top}" width="${Math.max(1, width)}" height="${bottom - top - 6}" fill="${palette.band}" stroke="${palette.faint}" stroke-dasharray="2 3"/>${text}</g>`;
    })
    .join("");
}

/**
 * @param {LanesView} view
 * @param {Scale} scale
 * @param {number} bottom
 */
function axis(view, scale, bottom) {
  const { palette } = view;
  const ticks = timeTicks(view.fromUs, view.toUs, Math.max(2, (scale.right - scale.left) / 95));
  return ticks
    .map(({ atUs, text }) => {
      const x = scale.x(atUs);
      return `<line x1="${x}" x2="${x}" y1="${AXIS_HEIGHT - 8}" y2="${bottom - 6}" stroke="${palette.grid}"/><text x="${x}" y="${AXIS_HEIGHT - 14}" text-anchor="middle" font-size="11" fill="${palette.faint}">${text}</text>`;
    })
    .join("");
}

/**
 * Each has a row of its own for its words, so that close ones stay readable.
 * @param {readonly Moment[]} moments
 * @param {Scale} scale
 * @param {number} bottom
 * @param {Palette} palette
 * @param {number} width
 */
function momentLines(moments, scale, bottom, palette, width) {
  return moments
    .map(({ atUs, text, kind }, row) => {
      const x = scale.x(atUs);
      const y = AXIS_HEIGHT + (row + 0.7) * MOMENT_ROW;
      const isLeft = x > width * (width < NARROW ? 0.5 : 0.7);
      const words = `<text x="${x + (isLeft ? -9 : 9)}" y="${y}" text-anchor="${isLeft ? "end" : "start"}" font-size="11" font-weight="600" fill="${palette.ink}" stroke="${palette.paper}" stroke-width="3" paint-order="stroke">${escapeText(text)}</text>`;
      return `<g class="moment"><line x1="${x}" x2="${x}" y1="${y - 4}" y2="${bottom - 6}" stroke="${palette.ink}" stroke-dasharray="${kind === "fork" ? "1 3" : "5 3"}" stroke-width="1.2"/>${markPath(kind, x, y - 4, palette)}${words}</g>`;
    })
    .join("");
}
