/** How values look to people. */

export { counted } from "../core/counted.ts";
export { printable } from "../core/printable.ts";

/** `2026-11-23 12:00:00Z`; a number that is not a date stays a number. */
export function timeText(timestampMs: number): string {
  const date = new Date(timestampMs);
  if (Number.isNaN(date.getTime())) return String(timestampMs);
  return `${date.toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** The first digits of a digest or an id, enough to tell two apart by eye. */
export function shortHex(hex: string): string {
  return hex.slice(0, 16);
}
