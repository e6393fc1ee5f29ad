/** How values look to people. */

/** C0 and C1 controls, and the marks that reorder a line: what others wrote must not drive the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text on one line, without anything that a terminal acts upon; `kept` names characters that may stay. */
export function printable(text: string, kept = ""): string {
  return text.replace(UNPRINTABLE, (character) => (kept.includes(character) ? character : " "));
}

/** `2026-11-23 12:00:00Z`; a number that is no date stays a number. */
export function timeText(timestampMs: number): string {
  const date = new Date(timestampMs);
  if (Number.isNaN(date.getTime())) return String(timestampMs);
  return `${date.toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** The first digits of a digest or an id, enough to tell two apart by eye. */
export function shortHex(hex: string): string {
  return hex.slice(0, 16);
}

/** `1 case`, `2 cases` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
