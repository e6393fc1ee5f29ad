/** Reads a scenario file: its shape, its defaults, its names and shares resolved, and whether it makes sense. */
import { readTextFile } from "../../platform/text-file.ts";
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
  const tree = new ScenarioTree(source, overrides);
  tree.check(ScenarioSchema);
  const written = tree.value as WrittenScenario;
  checkSources(written, tree);
  const scenario = resolveScenario(written, tree);
  checkScenario(scenario, written, tree);
  return scenario;
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
