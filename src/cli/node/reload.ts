/** `coaudit reload`: a running node reads its configuration again. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import type { ReloadFlags } from "./reload-action.ts";

const HELP = `
The running node reads coaudit.yaml and the files that it names again, as it does at SIGHUP. Roster, settlements, policies,
fault-bound, provider-keys, alerts, log-level and api.rate-limit take effect at once, and no connection is dropped. Whatever else
differs takes effect with a restart, and is listed. A file that cannot be used changes nothing: the node goes on with what it had.

Exit code: 0 reloaded, also if something waits for a restart; 2 the file cannot be used; 4 the node does not run.

Example:
  $ coaudit config check --config node/coaudit.yaml && coaudit reload --config node/coaudit.yaml`;

export function reloadCommand(context: CliContext): Command {
  return new Command("reload")
    .description("have a running node read its configuration again")
    .requiredOption("--config <file>", "the configuration of the running node")
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (flags: ReloadFlags) => (await import("./reload-action.ts")).reloadNode(flags, context));
}
