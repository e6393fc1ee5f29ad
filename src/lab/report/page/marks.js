/** The small shapes of a lane: each says by its form what its colour says too. */
import { escapeText } from "./escape.js";
import { clockText } from "./time-text.js";

/** @import { DrawingPalette, MarkKind, Palette } from "../lanes-view.ts" */
/** @import { Scale } from "./lanes.js" */

/**
 * Around 0,0. circle: main. diamond: the other history. triangle: case. star: conviction. ring: no answer to rely on.
 * square: halted.
 * @type {Readonly<Record<MarkKind, string>>}
 */
const SHAPES = {
  main: "M-4.2,0a4.2,4.2 0 1,0 8.4,0a4.2,4.2 0 1,0 -8.4,0",
  fork: "M0,-5.6L5.6,0L0,5.6L-5.6,0Z",
  case: "M0,-6L6,4.8L-6,4.8Z",
  convicted: "M0,-7L1.9,-2.5L6.7,-2.2L3,0.9L4.1,5.7L0,3.1L-4.1,5.7L-3,0.9L-6.7,-2.2L-1.9,-2.5Z",
  unsure: "M-3.4,0a3.4,3.4 0 1,0 6.8,0a3.4,3.4 0 1,0 -6.8,0",
  halted: "M-4.5,-4.5H4.5V4.5H-4.5Z",
};

/**
 * @param {MarkKind} kind
 * @param {number} x
 * @param {number} y
 * @param {Palette} palette
 */
export function markPath(kind, x, y, palette) {
  const fill = kind === "unsure" ? palette.paper : palette[kind];
  const stroke = kind === "unsure" ? palette.faint : kind === "main" ? palette.paper : palette.edge;
  return `<path d="${SHAPES[kind]}" transform="translate(${x},${y})" fill="${fill}" stroke="${stroke}" stroke-width="${kind === "unsure" ? 1.6 : 0.8}"/>`;
}

/**
 * @param {MarkKind} kind
 * @param {number} x
 * @param {number} y
 * @param {string} title
 * @param {Palette} palette
 */
export function mark(kind, x, y, title, palette) {
  return `<g><title>${escapeText(title)}</title>${markPath(kind, x, y, palette)}</g>`;
}

/** Thicker is worse, whatever the colours look like to a reader; in the order of STATES (timeline.ts). */
const STRIPS = /** @type {const} */ ([
  { color: "main", height: 2.5 },
  { color: "fork", height: 6 },
  { color: "case", height: 10 },
  { color: "convicted", height: 14 },
  { color: "main", height: 2.5 },
  { color: "fork", height: 12 },
  { color: "case", height: 10 },
  { color: "unsure", height: 2.5 },
]);

/**
 * What a node knows, as a bar along its lane.
 * @param {readonly (readonly [number, number])[]} states
 * @param {number} endUs
 * @param {Scale} scale
 * @param {number} middle
 * @param {Palette} palette
 */
export function strip(states, endUs, scale, middle, palette) {
  return states
    .map(([fromUs, state], i) => {
      const toUs = states[i + 1]?.[0] ?? endUs;
      const look = STRIPS[state];
      if (look === undefined || toUs < scale.fromUs || fromUs > scale.toUs) return "";
      const x = Math.max(scale.left, scale.x(fromUs));
      const width = Math.min(scale.right, scale.x(toUs)) - x;
      if (width <= 0) return "";
      return `<rect x="${x}" y="${middle - look.height / 2}" width="${Math.round(width * 10) / 10}" height="${look.height}" fill="${palette[look.color]}" fill-opacity="0.55"/>`;
    })
    .join("");
}

/**
 * @param {readonly [number, number, string]} outage
 * @param {Scale} scale
 * @param {number} y
 * @param {number} height
 * @param {DrawingPalette} palette
 */
export function down([fromUs, toUs, why], scale, y, height, palette) {
  if (toUs < scale.fromUs || fromUs > scale.toUs) return "";
  const x = Math.max(scale.left, scale.x(fromUs));
  const width = Math.max(3, Math.min(scale.right, scale.x(toUs)) - x);
  const title = `<title>down: ${escapeText(why)}, ${clockText(fromUs)} to ${clockText(toUs)}</title>`;
  const text =
    width > 80
      ? `<text x="${x + width / 2}" y="${y + height / 2 + 3.5}" text-anchor="middle" font-size="10" fill="${palette.ink}" stroke="${palette.paper}" stroke-width="3" paint-order="stroke">${escapeText(why)}</text>`
      : "";
  return `<g>${title}<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${palette.hatch}" stroke="${palette.down}"/>${text}</g>`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} title
 * @param {Scale} scale
 * @param {Palette} palette
 */
export function halt(x, y, title, scale, palette) {
  return x < scale.left || x > scale.right ? "" : mark("halted", x, y, title, palette);
}
