/** `coaudit sim list`: the bundled scenarios. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import type { SimListFlags } from "./sim-list-action.ts";

const HELP = `
Examples:
  $ coaudit sim list
  $ coaudit sim run fifty-fifty-split`;

export function simListCommand(context: CliContext): Command {
  return new Command("list")
    .description("list the bundled scenarios; `coaudit sim run NAME` runs one")
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (flags: SimListFlags) => (await import("./sim-list-action.ts")).listScenarios(flags, context));
}
