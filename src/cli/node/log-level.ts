/** `coaudit log-level`: a running node logs more or less. */
import { Argument, Command } from "commander";
import type { CliContext } from "../context.ts";
import type { LogLevelFlags } from "./log-level-action.ts";

const HELP = `
Until the next reload or restart, which follow log-level of the configuration. Nothing else of the node changes.

Example:
  $ coaudit log-level debug --config node/coaudit.yaml`;

export function logLevelCommand(context: CliContext): Command {
  return new Command("log-level")
    .description("change how much a running node logs")
    .addArgument(new Argument("<level>").choices(["debug", "info", "warn", "error"]))
    .requiredOption("--config <file>", "the configuration of the running node")
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (level: string, flags: LogLevelFlags) =>
      (await import("./log-level-action.ts")).changeLogLevel(level, flags, context),
    );
}
