/** One name for one scenario: what makes two runs comparable. */
import { toHex, utf8 } from "../../core/bytes.ts";
import { sha256 } from "../../core/hash.ts";
import type { Scenario } from "./scenario.ts";

/**
 * Hexadecimal SHA-256 of the canonical JSON of the resolved scenario: `count: 2` and the names that it stands for are
 * one scenario.
 */
export function scenarioHash(scenario: Scenario): string {
  return toHex(sha256(utf8(canonicalJson(scenario))));
}

/** Keys in the order of their UTF-16 units, nothing optional left in: equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`).join(",")}}`;
}
