/** Small tables without lines between the cells, to paste into a mail. */
import Table from "cli-table3";
import picocolors from "picocolors";
import type { CliContext } from "./context.ts";

export type Colors = ReturnType<typeof picocolors.createColors>;

export function colorsOf(context: CliContext): Colors {
  return picocolors.createColors(context.hasColors);
}

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** Rows with as many cells as there are heads. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[], colors: Colors): string {
  const made = new Table({
    head: heads.map((head) => colors.dim(head)),
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  for (const row of rows) made.push([...row]);
  return made
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
