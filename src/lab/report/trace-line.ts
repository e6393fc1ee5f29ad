/**
 * A line of a trace that may come from others: every field has the kind that the page relies on, so that none of them
 * is more than text or a number.
 */
import type { TraceLine } from "../../simulator/world/trace.ts";
import { WAYS } from "./head-column.ts";

const isText = (value: unknown): boolean => typeof value === "string";
const isTextOrNone = (value: unknown): boolean => value === null || isText(value);
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  t: isWhole,
  what: isText,
  who: isText,
  of: isText,
  id: isText,
  class: isText,
  about: isText,
  why: isText,
  reason: isTextOrNone,
  result: isText,
  life: isWhole,
  epoch: (value) => value === null || isWhole(value),
  branch: (value) => value === null || value === "main" || value === "fork",
  via: (value) => (WAYS as readonly unknown[]).includes(value),
  asked: areTexts,
  by: isText,
  lie: isTextOrNone,
  deceived: (value) => typeof value === "boolean",
  version: (value) => value === null || isWhole(value),
  groups: (value) => Array.isArray(value) && value.every(areTexts),
};

/** Throws what JSON.parse throws, and a TypeError that names the field. */
export function parseTraceLine(text: string): TraceLine {
  const line: Record<string, unknown> = JSON.parse(text);
  for (const [name, value] of Object.entries(line)) {
    if (FIELDS[name]?.(value) === false) throw new TypeError(`"${name}" is ${JSON.stringify(value)}`);
  }
  if (!isWhole(line["t"]) || !isText(line["what"])) throw new TypeError('it has no "t" or no "what"');
  return line as unknown as TraceLine;
}
