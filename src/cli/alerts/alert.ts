/** `coaudit alert`: who is told when something is not well. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import type { AlertListFlags } from "./alert-list-action.ts";
import type { AlertTestFlags } from "./alert-test-action.ts";

const TEST_HELP = `
Sends a test alert to each receiver of the configuration, once, from this process; the node need not run. It ends with 1 if one
of them was not reached.

Examples:
  $ coaudit alert test --config node/coaudit.yaml
  $ coaudit alert test --config node/coaudit.yaml --receiver on-call`;

const LIST_HELP = `
What the node told last, from its data folder: it need not run. An alert that a receiver was not told yet is marked.
Exit code: 0 nothing stands; 1 something does.

Example:
  $ coaudit alert list --config node/coaudit.yaml`;

export function alertCommand(context: CliContext): Command {
  const test = new Command("test")
    .description("send a test alert to the receivers")
    .requiredOption("--config <file>", "the node's configuration")
    .option("--receiver <name>", "only to this one")
    .option("--json", "print one line of JSON")
    .addHelpText("after", TEST_HELP)
    .action(async (flags: AlertTestFlags) => (await import("./alert-test-action.ts")).testReceivers(flags, context));
  const list = new Command("list")
    .description("show the alerts that stand, and who has not been told yet")
    .requiredOption("--config <file>", "the node's configuration")
    .option("--json", "print one line of JSON")
    .addHelpText("after", LIST_HELP)
    .action(async (flags: AlertListFlags) => (await import("./alert-list-action.ts")).listAlerts(flags, context));
  return new Command("alert")
    .description("test who is told when something is wrong, and show what they were told")
    .addCommand(test)
    .addCommand(list);
}
