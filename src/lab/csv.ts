/** Rows of comma-separated values (RFC 4180), written and read. */

/** Ends with a line feed. A missing value is an empty cell. */
export function csvRow(cells: readonly unknown[]): string {
  return `${cells.map(cell).join(",")}\n`;
}

/** The cells of one line, given without its line feed. Cells that span lines are not supported. */
export function csvCells(line: string): string[] {
  const row = line.endsWith("\r") ? line.slice(0, -1) : line;
  if (!row.includes('"')) return row.split(",");
  return [...`,${row}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
  );
}

function cell(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
