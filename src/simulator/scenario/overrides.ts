/** Values of a scenario file that a command line replaces: one by one (`--set`), or by a list of them (`--vary`). */
import { parse } from "yaml";
import { CoauditError } from "../../core/errors.ts";

/** `path`: keys and list indexes joined by dots, as in provider.lies.0.fromEpoch. */
export interface Override {
  readonly path: string;
  /** As YAML reads it; null: as if the file did not have it. */
  readonly value: unknown;
}

/** A value that a column of a table can hold. */
export type VariedValue = number | string | boolean;

export interface Variation {
  readonly path: string;
  readonly values: readonly VariedValue[];
}

/** A sweep of more points on one axis is a typo: 0..1:0.0001 is within. */
const MAX_VALUES = 10_001;
const PATH = /^[A-Za-z][A-Za-z0-9]*(\.([A-Za-z][A-Za-z0-9]*|0|[1-9][0-9]*))*$/;
const DECIMAL = /^-?[0-9]+(\.[0-9]{1,12})?$/;

/** `network.lossRate=0.1`; the value is YAML. Throws USAGE. */
export function parseSet(text: string): Override {
  const { path, value } = splitAtEquals(text, "--set", "network.lossRate=0.1");
  return { path, value: yamlValue(value, text, "--set") };
}

/**
 * `auditors=3,5,10` or `network.lossRate=0..0.5:0.1` (both ends included; between whole numbers the step may be left
 * out, and is 1). Throws USAGE.
 */
export function parseVary(text: string): Variation {
  const { path, value } = splitAtEquals(text, "--vary", "auditors=3,5,10 or network.lossRate=0..0.5:0.1");
  const range = /^(.+?)\.\.(.+?)(?::(.+))?$/.exec(value);
  const values =
    range === null
      ? value.split(",").map((part) => scalar(yamlValue(part, text, "--vary"), text))
      : rangeValues(text, range[1], range[2], range[3]);
  if (new Set(values).size !== values.length) throw usage("--vary", text, "every value once");
  return { path, values };
}

/**
 * A written scenario with values replaced; the original stays as it is. Maps on the way that are not there yet are
 * made, and so is the first entry of a list; a further one is given whole, since its number may as well be a typo.
 * Throws USAGE for a path that leads through a number or a word, or beyond the end of a list.
 */
export function overrideScenario(written: unknown, overrides: readonly Override[]): unknown {
  const root: unknown = structuredClone(written);
  for (const override of overrides) {
    let at = root;
    const keys = override.path.split(".");
    for (const [index, key] of keys.entries()) {
      checkStep(at, key, override, keys.length - 1 - index);
      const holder = at as Record<string, unknown>;
      if (index < keys.length - 1) holder[key] ??= /^\d+$/.test(keys[index + 1] ?? "") ? [] : {};
      else if (override.value === null && !Array.isArray(at)) delete holder[key];
      else holder[key] = structuredClone(override.value);
      at = holder[key];
    }
  }
  return root;
}

/** `further`: how many keys follow this one. */
function checkStep(at: unknown, key: string, { path, value }: Override, further: number): void {
  const text = `${path}=${JSON.stringify(value)}`;
  if (Array.isArray(at)) {
    const isWhole = further === 0 || at.length === 0;
    const last = isWhole ? at.length : at.length - 1;
    if (/^\d+$/.test(key) && Number(key) <= last) return;
    const numbers = last === 0 ? "0" : `0 to ${last}`;
    const entries = `the list has ${at.length} ${at.length === 1 ? "entry" : "entries"}`;
    const added = isWhole ? "" : "; a further one is given whole, as in clients.1={count: 3}";
    throw usage("--set or --vary", text, `${numbers} in place of ${key}: ${entries}${added}`);
  }
  if (typeof at === "object" && at !== null) return;
  throw usage("--set or --vary", text, `another path: there is no ${key} in ${JSON.stringify(at)}`);
}

function rangeValues(text: string, first = "", last = "", step?: string): number[] {
  const parts = [first, last, step ?? "1"].map((part) => part.trim());
  if (!parts.every((part) => DECIMAL.test(part))) throw usage("--vary", text, "decimal numbers as in 0..0.5:0.1");
  const [from = 0, to = 0, by = 0] = parts.map(Number);
  // 0.1 + 0.1 + 0.1 is not 0.3: each value is the number that one would type.
  const digits = Math.max(...parts.map((part) => part.split(".")[1]?.length ?? 0));
  if (to < from || by <= 0) throw usage("--vary", text, "a range that goes up, by a step above 0");
  if (step === undefined && digits > 0) {
    const example = `${parts[0]}..${parts[1]}:${to === from ? 0.1 : fittingStep(to - from, (to - from) / 5, digits + 1)}`;
    throw usage("--vary", text, `a step as in ${example}; between whole numbers alone it may be left out, and is 1`);
  }
  const count = Math.floor((to - from) / by + 1e-9) + 1;
  if (count > MAX_VALUES) throw usage("--vary", text, `at most ${MAX_VALUES} values`);
  const values = Array.from({ length: count }, (_, index) => Number((from + index * by).toFixed(digits)));
  if (values.at(-1) === to) return values;
  const shown = values.length > 6 ? [...values.slice(0, 3), "...", values.at(-1)] : values;
  const fitting = fittingStep(to - from, by, digits === 0 ? 0 : digits + 1);
  const expected = `a step that reaches ${to}: this one makes ${shown.join(", ")}; a step of ${fitting} fits, and so does a list of values`;
  throw usage("--vary", text, expected);
}

/** The step nearest to `wanted` that divides the span, with no more digits behind the point. */
function fittingStep(span: number, wanted: number, digits: number): number {
  let best = Number(span.toFixed(digits));
  for (let parts = 1; parts <= MAX_VALUES; parts++) {
    const step = Number((span / parts).toFixed(digits));
    if (Math.abs(step * parts - span) > 1e-9 * span) continue;
    if (Math.abs(step - wanted) < Math.abs(best - wanted)) best = step;
  }
  return best;
}

function splitAtEquals(text: string, option: string, example: string): { path: string; value: string } {
  const at = text.indexOf("=");
  const path = text.slice(0, at).trim();
  const value = text.slice(at + 1).trim();
  if (at < 0 || !PATH.test(path) || value === "") throw usage(option, text, `path=value, such as ${example}`);
  return { path, value };
}

function yamlValue(value: string, text: string, option: string): unknown {
  try {
    return parse(value);
  } catch {
    throw usage(option, text, "a value in YAML: a number, a word, true, [1, 2] or {count: 2}");
  }
}

function scalar(value: unknown, text: string): VariedValue {
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
  throw usage("--vary", text, "numbers or words, separated by commas");
}

function usage(option: string, text: string, expected: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", `${option} "${text}": expected ${expected}`, { option });
}
