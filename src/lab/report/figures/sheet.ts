/** Plots and text on one sheet: a picture that stands alone, for papers, and the same picture for a page. */
import { escapeText } from "../page/escape.js";
import type { Figure } from "../report-shape.ts";

export const FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";
export const INK = "#1a1a1a";

/** By Okabe and Ito; the dashes tell them apart in print and for every colour vision. */
export const SERIES: readonly { readonly color: string; readonly dash: string }[] = [
  { color: "#0072b2", dash: "none" },
  { color: "#d55e00", dash: "7,3" },
  { color: "#009e73", dash: "2,2" },
  { color: "#cc79a7", dash: "9,3,2,3" },
  { color: "#e69f00", dash: "4,2" },
  { color: "#56b4e9", dash: "12,4" },
  { color: "#1a1a1a", dash: "1,3" },
];

export interface Part {
  readonly y: number;
  /** An <svg> element, or what may stand in a <g>. */
  readonly svg: string;
}

export interface Sheet {
  readonly name: string;
  readonly caption: string;
  /** What made the numbers. */
  readonly command: string;
  readonly width: number;
  readonly height: number;
  readonly parts: readonly Part[];
}

export function figureOf({ name, caption, command, width, height, parts }: Sheet): Figure {
  const content = parts.map(({ y, svg }) => `<g transform="translate(0,${y})">${svg}</g>`).join("");
  const open = (more: string): string =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${FONT}" font-size="12" role="img" aria-label="${escapeText(caption)}"${more}>`;
  const paper = `<rect width="${width}" height="${height}" fill="#ffffff"/>`;
  return {
    name,
    caption,
    command,
    svg: `${open(` color="${INK}"`)}<title>${escapeText(caption)}</title><desc>${escapeText(command)}</desc>${paper}${onPaper(content)}</svg>\n`,
    html: `${open("")}${onPage(content)}</svg>`,
  };
}

function onPaper(svg: string): string {
  return plain(svg).replaceAll("var(--plot-background)", "#ffffff").replaceAll("currentColor", INK);
}

/** The style sheet says what the colours are, in light and dark. */
function onPage(svg: string): string {
  let text = plain(svg).replaceAll("var(--plot-background)", "var(--paper)").replaceAll(INK, "currentColor");
  for (const [i, { color }] of SERIES.entries()) text = text.replaceAll(`"${color}"`, `"var(--series-${i + 1})"`);
  return text;
}

/** Plot names a font meant for screens. */
function plain(svg: string): string {
  return svg.replaceAll('font-family="system-ui, sans-serif"', `font-family="${FONT}"`);
}

/** A short sample of a series, for a legend. */
export function sample(series: number, x: number, y: number): string {
  const { color, dash } = SERIES[series % SERIES.length] ?? { color: INK, dash: "none" };
  return `<line x1="${x}" x2="${x + 26}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="2.2"${dash === "none" ? "" : ` stroke-dasharray="${dash}"`}/>`;
}
