/** What `coaudit sim list` does: reads the bundled scenarios and shows their names. */
import { loadScenarioFile } from "../../simulator/scenario/read-scenario.ts";
import { scenarioFile, shippedScenarios } from "../../simulator/scenario/scenario-files.ts";
import type { CliContext } from "../context.ts";
import { colorsOf, table } from "../table.ts";

export interface SimListFlags {
  readonly json?: true;
}

export async function listScenarios({ json }: SimListFlags, context: CliContext): Promise<void> {
  const scenarios: { name: string; title: string; about: string; file: string }[] = [];
  for (const name of await shippedScenarios()) {
    const { title, about } = await loadScenarioFile(name);
    scenarios.push({ name, title, about, file: await scenarioFile(name) });
  }
  if (json) return context.out(JSON.stringify(scenarios));
  const rows = scenarios.map(({ name, title }) => [name, title]);
  context.out(table(["name", "what happens"], rows, colorsOf(context)));
}
