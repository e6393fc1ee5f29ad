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

/** `40 s`, `12 min`, `5 h`, `3 days`: how long ago something was. */
export function ageText(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** One word of a shell, as people paste it. */
export function shellText(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
