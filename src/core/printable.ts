/** C0 and C1 controls, and the marks that reorder a line: what others wrote must not drive the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Anything, short enough for a message: what was passed for an argument may be no text at all. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return String(value);
}

/** The text on one line, without anything that a terminal interprets; `kept` names characters that may stay. */
export function printable(text: string, kept = ""): string {
  return text.replace(UNPRINTABLE, (character) => (kept.includes(character) ? character : " "));
}
