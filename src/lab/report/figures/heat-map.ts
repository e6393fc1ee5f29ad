/** A number over two varied parameters; each cell says its estimate and its interval. */
import type { Figure } from "../report-shape.ts";
import { CENTRED, type Plotter } from "./plotter.ts";
import { figureOf, INK } from "./sheet.ts";

export interface HeatCell {
  readonly x: string;
  readonly y: string;
  /** null: not reached, or nothing to estimate. */
  readonly value: number | null;
  readonly text: string;
  readonly interval: string;
}

export interface HeatMapOptions {
  readonly name: string;
  readonly caption: string;
  readonly command: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** A share is coloured from 0 to 1; anything else from its least to its most, by powers of ten. */
  readonly of: "share" | "amount";
}

const CELL_WIDTH = 118;
const CELL_HEIGHT = 46;
const LEFT = 90;

export function heatMap(cells: readonly HeatCell[], options: HeatMapOptions, { Plot, draw }: Plotter): Figure {
  const xs = [...new Set(cells.map(({ x }) => x))];
  // Upwards, as on any other chart.
  const ys = [...new Set(cells.map(({ y }) => y))].reverse();
  const width = LEFT + xs.length * CELL_WIDTH + 16;
  const height = 60 + ys.length * CELL_HEIGHT;
  const color = shader(cells, options.of);
  const known = cells.filter(({ value }) => value !== null);
  const unknown = cells.filter(({ value }) => value === null);
  const isDark = ({ value }: HeatCell): boolean => value !== null && color.part(value) > 0.5;
  const words = (of: readonly HeatCell[], fill: string) => [
    Plot.text(of, { x: "x", y: "y", text: "text", fill, dy: -7, fontWeight: 600, title: titleOf }),
    Plot.text(of, { x: "x", y: "y", text: "interval", fill, dy: 9, fontSize: 10, title: titleOf }),
  ];
  const plot = draw({
    width,
    height,
    marginLeft: LEFT,
    marginRight: 16,
    marginTop: 8,
    marginBottom: 52,
    x: { type: "band", domain: xs, label: options.xLabel, ...CENTRED, padding: 0.03 },
    y: { type: "band", domain: ys, label: options.yLabel, ...CENTRED, padding: 0.05 },
    marks: [
      Plot.cell(known, { x: "x", y: "y", fill: ({ value }: HeatCell) => color.of(value ?? 0), title: titleOf }),
      Plot.cell(unknown, {
        x: "x",
        y: "y",
        fill: "#ededed",
        stroke: "#8a8a8a",
        strokeDasharray: "3,2",
        title: titleOf,
      }),
      ...words(known.filter(isDark), "#ffffff"),
      ...words([...known.filter((cell) => !isDark(cell)), ...unknown], "#111111"),
    ],
    color: { type: "identity" },
  });
  return figureOf({ ...options, width, height, parts: [{ y: 0, svg: plot }] });
}

function titleOf({ x, y, text, interval }: HeatCell): string {
  return `${x}, ${y}: ${text} ${interval}`;
}

/** From a light to a dark blue, in even steps of lightness, so that a copy in grey says the same. */
const SHADES = ["#f0f5fb", "#c9dcee", "#94bfdd", "#559ac6", "#2674ad", "#0b4f8a", "#08306b"];

function shader(
  cells: readonly HeatCell[],
  of: HeatMapOptions["of"],
): { part(value: number): number; of(value: number): string } {
  const values = cells.flatMap(({ value }) => value ?? []);
  const least = Math.min(...values);
  const most = Math.max(...values);
  const part = (value: number): number => {
    if (of === "share") return value;
    if (most === least) return 0.3;
    return least > 0 ? Math.log(value / least) / Math.log(most / least) : (value - least) / (most - least);
  };
  return {
    part,
    of: (value) => SHADES[Math.min(SHADES.length - 1, Math.round(part(value) * (SHADES.length - 1)))] ?? INK,
  };
}
