/** `coaudit sim list`: the bundled scenarios. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { colorsOf, table } from "../table.ts";

const HELP = `
Examples:
  $ coaudit sim list
  $ coaudit sim run fifty-fifty-split`;

export function simListCommand(context: CliContext): Command {
  return new Command("list")
    .description("list the bundled scenarios; `coaudit sim run NAME` runs one")
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async ({ json }: { json?: true }) => {
      const { scenarioFile, shippedScenarios } = await import("../../simulator/scenario/scenario-files.ts");
      const { loadScenarioFile } = await import("../../simulator/scenario/read-scenario.ts");
      const scenarios: { name: string; title: string; about: string; file: string }[] = [];
      for (const name of await shippedScenarios()) {
        const { title, about } = await loadScenarioFile(name);
        scenarios.push({ name, title, about, file: await scenarioFile(name) });
      }
      if (json) return context.out(JSON.stringify(scenarios));
      const rows = scenarios.map(({ name, title }) => [name, title]);
      context.out(table(["name", "what happens"], rows, colorsOf(context)));
    });
}
