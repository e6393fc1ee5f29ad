/** Reads a scenario file: its shape, its defaults, its names and shares resolved, and whether it makes sense. */
import { readTextFile } from "../../platform/text-file.ts";
import type { TreePath } from "../../platform/yaml/yaml-tree.ts";
import { checkScenario } from "./check-scenario.ts";
import { checkSources } from "./check-sources.ts";
import type { Override } from "./overrides.ts";
import { resolveScenario } from "./resolve-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { scenarioFile } from "./scenario-files.ts";
import { ScenarioSchema } from "./scenario-schema.ts";
import type { ScenarioText } from "./scenario-text.ts";
import { ScenarioTree } from "./scenario-tree.ts";
import type { WrittenScenario } from "./written-scenario.ts";

/** Throws CONFIG_UNREADABLE (not YAML), CONFIG_INVALID. */
export function readScenario(text: string, file: string): Scenario {
  return scenarioVariant({ text, file }, []);
}

/**
 * The scenario with values of its file replaced, as if it had been written so: shares and counts are resolved anew, and
 * errors are the same. Throws as readScenario, and USAGE for a path that cannot be.
 */
export function scenarioVariant(source: ScenarioText, overrides: readonly Override[]): Scenario {
  return scenarioOf(ScenarioTree.ofText(source, overrides));
}

/**
 * Refuses what no file could have made of it: a program hands over a scenario whole, with every default filled in, as
 * the functions above return it. Throws CONFIG_INVALID.
 */
export function checkWhole(value: unknown): void {
  const tree = ScenarioTree.ofValue(value);
  const whole = scenarioOf(tree);
  const path = firstDifference(whole, value);
  if (path === undefined) return;
  const [found, filled] = [valueAt(value, path), valueAt(whole, path)];
  const expected = `${JSON.stringify(filled)}: a program hands over a scenario whole; readScenario and scenarioVariant fill in what a file leaves out`;
  throw tree.invalid(path, found, expected);
}

function scenarioOf(tree: ScenarioTree): Scenario {
  tree.check(ScenarioSchema);
  const written = tree.value as WrittenScenario;
  checkSources(written, tree);
  const scenario = resolveScenario(written, tree);
  checkScenario(scenario, written, tree);
  return scenario;
}

/** Where the two first differ; a key that is undefined is one that is not there. */
function firstDifference(whole: unknown, value: unknown): (string | number)[] | undefined {
  if (whole === value) return undefined;
  if (typeof whole !== "object" || whole === null || typeof value !== "object" || value === null) return [];
  const keys = new Set([...Object.keys(whole), ...Object.keys(value)]);
  for (const key of keys) {
    const step = Array.isArray(whole) ? Number(key) : key;
    const path = firstDifference(valueAt(whole, [step]), valueAt(value, [step]));
    if (path !== undefined) return [step, ...path];
  }
  return Array.isArray(whole) === Array.isArray(value) ? undefined : [];
}

function valueAt(value: unknown, path: TreePath): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<string | number, unknown> | undefined)?.[step], value);
}

/** Throws as readScenario, CONFIG_UNREADABLE also where there is no such file. */
export async function loadScenarioFile(path: string): Promise<Scenario> {
  const { text, file } = await loadScenarioText(path);
  return readScenario(text, file);
}

/**
 * `path`: a file, or the name of a scenario that ships with the package ("fifty-fifty-split"). Throws
 * CONFIG_UNREADABLE.
 */
export async function loadScenarioText(path: string): Promise<ScenarioText> {
  const file = await scenarioFile(path);
  return { text: await readTextFile(file), file };
}
