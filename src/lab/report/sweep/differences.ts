/**
 * What differs between the scenarios of sweeps that are compared: a difference in detection may come from any of it.
 */
import type { Scenario } from "../../../simulator/scenario/scenario.ts";
import { canonicalJson } from "../../../simulator/scenario/scenario-hash.ts";
import { escapeText, type Html, table } from "../html.ts";
import type { SweepSummary } from "../summary.ts";
import { heldAt } from "./common-points.ts";
import type { SweepData } from "./sweep-data.ts";

/** Said of a world, but no part of it. */
const WORDS_ONLY: readonly string[] = ["title", "about", "sources"];
/** Of a value in a table; the whole scenario stands below. */
const MAX_CHARACTERS = 160;

export function differencesSection(sweeps: readonly SweepData[]): Html {
  const rows = differences(sweeps);
  if (rows.length === 0) return "<p>The scenarios differ in nothing but what is varied, titles and names.</p>";
  const heads = ["what", ...sweeps.map(({ label }) => label)];
  const caption =
    "What differs between the sweeps beside what all of them vary: whatever is seen may come from any of it";
  return `${table(
    caption,
    heads,
    rows.map((row) => row.map(escapeText)),
  )}<p>Values are of the scenarios as written, before anything was varied; what follows from a varied value, as a default quorum or a share of the auditors does, follows it at each point. Of lists of names their lengths are compared.</p>`;
}

/** A path and what each sweep has there. */
export function differences(sweeps: readonly SweepData[]): string[][] {
  const heads = sweeps.map(({ summary: { seed, repeats } }) => ({ seed, repeats }));
  const held = sweeps.map((sweep) => heldAt(sweep, sweeps));
  const scenarios = sweeps.map(({ summary }) => withSingleValues(summary));
  const rows = [...differing([], heads), ...differing([], scenarios)];
  // What one of them varies alone differs even where its scenario as written says the same as the other's.
  for (const path of new Set(held.flatMap((one) => [...one.keys()]))) {
    if (rows.some(([other]) => other === path)) continue;
    rows.push([path, ...scenarios.map((scenario) => valueText(valueAt(scenario, path)))]);
  }
  const common = sweeps[0]?.axes.filter(({ path }) => sweeps.every(({ axes }) => axes.some((a) => a.path === path)));
  return rows
    .filter(([path]) => !common?.some((axis) => axis.path === path))
    .map(([path = "", ...values]) => [path, ...values.map((value, i) => held[i]?.get(path) ?? value)]);
}

function differing(path: readonly string[], values: readonly unknown[]): string[][] {
  if (values.every(isNames)) {
    const texts = values.map(namesText);
    return new Set(texts).size === 1 ? [] : [[path.join("."), ...texts]];
  }
  if (new Set(values.map((value) => canonicalJson(value))).size === 1) return [];
  const keys = sharedKeys(values);
  if (keys === undefined) return [[path.join("."), ...values.map(valueText)]];
  return keys
    .filter((key) => path.length > 0 || !WORDS_ONLY.includes(key))
    .flatMap((key) =>
      differing(
        [...path, key],
        values.map((value) => (value as Record<string, unknown>)[key]),
      ),
    );
}

/**
 * Of objects that are alike, all keys; of lists of one length, their places; undefined: they are compared as wholes.
 */
function sharedKeys(values: readonly unknown[]): string[] | undefined {
  if (!values.every((value) => typeof value === "object" && value !== null)) return undefined;
  const objects = values as readonly object[];
  const areLists = objects.map((value) => Array.isArray(value));
  if (new Set(areLists).size > 1) return undefined;
  const keys = objects.map((value) => Object.keys(value));
  if (areLists[0]) return new Set(keys.map(({ length }) => length)).size === 1 ? keys[0] : undefined;
  const isShared = (key: string): boolean => keys.every((others) => others.includes(key));
  return keys.flat().some(isShared) ? [...new Set(keys.flat())] : undefined;
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

function namesText(names: readonly string[]): string {
  return names.length === 0 ? "nobody" : `${names.length} ${names.length === 1 ? "name" : "names"}`;
}

function valueText(value: unknown): string {
  if (value === undefined) return "left out";
  if (Array.isArray(value) && value.length === 0) return "none";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

/** `--vary auditors=7` is no axis, but its value holds in every world. */
function withSingleValues({ scenario, vary }: SweepSummary): Scenario {
  const copy = structuredClone(scenario);
  for (const { path, values } of vary) {
    const [holder, key = ""] = [path.split(".").slice(0, -1), path.split(".").at(-1)];
    const at = holder.length === 0 ? copy : valueAt(copy, holder.join("."));
    if (values.length === 1 && typeof at === "object" && at !== null && Object.hasOwn(at, key))
      (at as Record<string, unknown>)[key] = values[0];
  }
  return copy;
}

function valueAt(scenario: unknown, path: string): unknown {
  let at = scenario;
  for (const key of path.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}
