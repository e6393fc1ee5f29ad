/** Prints the bench's result as a table. */

export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly megabytesPerSecond?: number;
}

export interface Target {
  readonly what: string;
  readonly value: number;
  readonly limit: number;
  readonly kind: "at most" | "at least";
  readonly isMet: boolean;
}

export function printTable(rows: readonly Row[], targets: readonly Target[]): void {
  console.log(
    markdown(
      ["measured", "value", "MB/s"],
      rows.map(({ what, value, unit, megabytesPerSecond }) => [
        what,
        `${shown(value)} ${unit}`.trim(),
        megabytesPerSecond === undefined ? "" : shown(megabytesPerSecond),
      ]),
    ),
  );
  console.log(
    markdown(
      ["target", "limit", "measured", ""],
      targets.map(({ what, value, limit, kind, isMet }) => [
        what,
        `${kind} ${shown(limit)}`,
        shown(value),
        isMet ? "met" : "MISSED",
      ]),
    ),
  );
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function markdown(head: readonly string[], body: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...body];
  return `${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}
