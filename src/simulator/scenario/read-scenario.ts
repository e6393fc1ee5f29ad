/** Reads a scenario file: its shape, its defaults, its names and shares resolved, and whether it makes sense. */
import type { Override } from "./overrides.ts";
import type { Scenario } from "./scenario.ts";

/** A scenario as it was written, and what errors call it. */
export interface ScenarioText {
  readonly text: string;
  readonly file: string;
}

/** Throws CONFIG_UNREADABLE (not YAML), CONFIG_INVALID. */
export function readScenario(text: string, file: string): Scenario {
  return scenarioVariant({ text, file }, []);
}

/**
 * The scenario with values of its file replaced, as if it had been written so: shares and counts are resolved anew, and errors are the same.
 * Throws as readScenario, and USAGE for a path that cannot be.
 */
export function scenarioVariant(_source: ScenarioText, _overrides: readonly Override[]): Scenario {
  throw new Error("scenario files are being built");
}

/** Throws as readScenario, CONFIG_UNREADABLE also where there is no such file. */
export async function loadScenarioFile(path: string): Promise<Scenario> {
  const { text, file } = await loadScenarioText(path);
  return readScenario(text, file);
}

/** `path`: a file, or the name of a scenario that ships with the package ("fifty-fifty-split"). Throws CONFIG_UNREADABLE. */
export async function loadScenarioText(_path: string): Promise<ScenarioText> {
  throw new Error("scenario files are being built");
}
