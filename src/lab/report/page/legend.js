/** What the marks of a timeline mean. */
import { markPath } from "./marks.js";

/** @import { MarkKind, Palette } from "../lanes-view.ts" */

/** @type {readonly { kind: MarkKind | "down", words: string }[]} */
export const LEGEND = [
  { kind: "main", words: "main history: signed, or accepted by a client" },
  { kind: "fork", words: "the other history" },
  { kind: "case", words: "case that convicts nobody yet, or a client is warned" },
  { kind: "convicted", words: "case that convicts" },
  { kind: "unsure", words: "no answer to rely on" },
  { kind: "halted", words: "halted" },
  { kind: "down", words: "down" },
];

/**
 * In a box of 18 by 16.
 * @param {MarkKind | "down"} kind
 * @param {Palette} palette
 */
export function legendMark(kind, palette) {
  if (kind !== "down") return markPath(kind, 9, 8, palette);
  // Drawn, as a page's small pictures have no pattern of their own.
  const strokes = [3, 8, 13].map(
    (x) => `<line x1="${x}" y1="13" x2="${x + 3}" y2="3" stroke="${palette.down}" stroke-width="2"/>`,
  );
  return `<rect x="1" y="3" width="16" height="10" fill="${palette.paper}" stroke="${palette.down}"/>${strokes.join("")}`;
}

/**
 * Rows of marks with their words, for a drawing of this width.
 * @param {number} width
 * @param {Palette} palette
 */
export function drawLegend(width, palette) {
  let x = 12;
  let y = 0;
  const items = LEGEND.map(({ kind, words }) => {
    const needed = 40 + words.length * 5.9;
    if (x + needed > width) {
      x = 12;
      y += 20;
    }
    const item = `<g transform="translate(${x},${y})">${legendMark(kind, palette)}<text x="22" y="12" font-size="11" fill="${palette.ink}">${words}</text></g>`;
    x += needed;
    return item;
  });
  return items.join("");
}
