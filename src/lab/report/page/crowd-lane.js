/** Many nodes as one lane: layers, one for each state, as high as the share of nodes that are in it. */
import { escapeText } from "./escape.js";

/** @import { Crowd } from "../timeline.ts" */
/** @import { DrawingPalette, Palette } from "../lanes-view.ts" */
/** @import { Scale } from "./lanes.js" */

const COLORS = /** @type {Readonly<Record<string, keyof Palette>>} */ ({
  main: "main",
  fork: "fork",
  case: "case",
  convicted: "convicted",
  right: "main",
  deceived: "fork",
  warned: "case",
  unsure: "unsure",
});

const WORDS = /** @type {Readonly<Record<string, string>>} */ ({
  main: "know the main history alone",
  fork: "hold a head of the other history",
  case: "hold a case",
  convicted: "convict somebody",
  right: "are satisfied, rightly",
  deceived: "are satisfied with the other history",
  warned: "are warned",
  unsure: "have no answer to rely on",
  down: "are down",
});

/**
 * @param {Crowd} crowd
 * @param {number} endUs
 * @param {Scale & { y: number, height: number }} at
 * @param {DrawingPalette} palette
 */
export function drawCrowd(crowd, endUs, at, palette) {
  const names = [...crowd.states, "down"];
  const steps = visible(crowd, endUs, at);
  /** @type {number[]} The layers' lower edges so far, of each step. */
  const base = steps.map(() => at.y + at.height);
  const layers = names.map((name, layer) => {
    const counts = steps.map(({ counts }) => counts[layer] ?? 0);
    const most = Math.max(0, ...counts);
    if (most === 0) return "";
    const tops = steps.map((_, i) => (base[i] ?? 0) - ((counts[i] ?? 0) / crowd.count) * at.height);
    const forth = steps.map(({ fromX, toX }, i) => `${fromX},${round(tops[i] ?? 0)} ${toX},${round(tops[i] ?? 0)}`);
    const back = steps
      .map(({ fromX, toX }, i) => `${toX},${round(base[i] ?? 0)} ${fromX},${round(base[i] ?? 0)}`)
      .reverse();
    tops.forEach((top, i) => {
      base[i] = top;
    });
    const fill = name === "down" ? palette.hatch : palette[COLORS[name] ?? "unsure"];
    const title = `${WORDS[name]}: up to ${most} of ${crowd.count}`;
    return `<g><title>${escapeText(title)}</title><polygon points="${[...forth, ...back].join(" ")}" fill="${fill}" fill-opacity="${name === "down" ? 1 : 0.7}" stroke="${palette.paper}" stroke-width="0.5"/></g>`;
  });
  const frame = `<rect x="${at.left}" y="${at.y}" width="${at.right - at.left}" height="${at.height}" fill="none" stroke="${palette.grid}"/>`;
  return frame + layers.join("");
}

/**
 * The steps that can be told apart at this zoom, with where they begin and end.
 * @param {Crowd} crowd
 * @param {number} endUs
 * @param {Scale} scale
 */
function visible(crowd, endUs, scale) {
  /** @type {{ fromX: number, toX: number, counts: readonly number[] }[]} */
  const kept = [];
  for (const [i, [fromUs = 0, ...counts]] of crowd.steps.entries()) {
    const toUs = crowd.steps[i + 1]?.[0] ?? endUs;
    if (toUs < scale.fromUs || fromUs > scale.toUs) continue;
    const fromX = Math.max(scale.left, scale.x(fromUs));
    const toX = Math.min(scale.right, scale.x(toUs));
    const last = kept.at(-1);
    // Of steps within half a pixel the last one counts.
    if (last !== undefined && toX - last.fromX < 0.5) kept[kept.length - 1] = { fromX: last.fromX, toX, counts };
    else kept.push({ fromX, toX, counts });
  }
  return kept;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
