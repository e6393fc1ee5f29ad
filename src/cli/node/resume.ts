/** `coaudit resume`: ends a halt on an operator's word. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import type { ResumeFlags } from "./resume-action.ts";

const HELP = `
A namespace halts on facts: a proof that does not verify, a listing that contradicts itself, a signature under this node's key that it
did not make. Check \`coaudit status\`, the node's log and quarantine/ in its data folder first. The reason is kept with the claims.
The node must be running.

Example:
  $ coaudit resume whatsapp.key-transparency.v1 --config node/coaudit.yaml --i-have-checked "the CDN replica was stale, see ticket 12"`;

export function resumeCommand(context: CliContext): Command {
  return new Command("resume")
    .description("resume a halted namespace")
    .argument("<namespace>", "the halted namespace")
    .requiredOption("--config <file>", "the configuration of the running node")
    .requiredOption("--i-have-checked <reason>", "what was checked, and by whom; 1 to 500 characters")
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (namespace: string, flags: ResumeFlags) =>
      (await import("./resume-action.ts")).resumeNamespace(namespace, flags, context),
    );
}
