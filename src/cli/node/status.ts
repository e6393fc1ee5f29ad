/** `coaudit status`: what a node is doing and how far it has got. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import type { StatusFlags } from "./status-action.ts";

const HELP = `
Exit code: 0 ready, and all is well; 1 something to look at (a namespace is initializing, not signing, behind or halted, or no
auditor is connected); 3 the provider is convicted, or more auditors than the fault bound allows; 4 no usable answer.

Examples:
  $ coaudit status --config node/coaudit.yaml
  $ coaudit status --node https://auditor.example.org --json
  $ coaudit status --config node/coaudit.yaml --watch`;

export function statusCommand(context: CliContext): Command {
  return new Command("status")
    .description("show what a node is doing: its namespaces, peers and open cases")
    .option("--config <file>", "the configuration of the node on this machine; also shows the operator's messages")
    .option("--node <url>", "API of any node")
    .option("--json", "print one line of JSON")
    .option("--watch", "refresh every two seconds until interrupted")
    .addHelpText("after", HELP)
    .action(async (flags: StatusFlags) => (await import("./status-action.ts")).showStatus(flags, context));
}
