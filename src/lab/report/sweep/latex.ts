/** A table for LaTeX. */

export interface LatexTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly caption: string;
}

export function latexTable({ heads, rows, caption }: LatexTable): string {
  const line = (cells: readonly string[]): string => `    ${cells.map(latexText).join(" & ")} \\\\`;
  return [
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${latexText(caption)}}`,
    `  \\begin{tabular}{${"l".repeat(heads.length)}}`,
    "    \\toprule",
    line(heads),
    "    \\midrule",
    ...rows.map(line),
    "    \\bottomrule",
    "  \\end{tabular}",
    "\\end{table}",
  ].join("\n");
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  "%": "\\%",
  "&": "\\&",
  "#": "\\#",
  $: "\\$",
  _: "\\_",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "∞": "$\\infty$",
  "−": "$-$",
  "–": "--",
  µ: "$\\mu$",
  "\u00a0": "~",
  // A cell that begins with one would be an option of the line break before it.
  "[": "{[}",
};

export function latexText(text: string): string {
  return text.replace(/[\\{}%&#$_~^∞−–µ\u00a0[]/g, (one) => ESCAPES[one] ?? one);
}
