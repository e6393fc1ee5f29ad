/** `coaudit watch`: the newest head that enough auditors stand behind, each time it changes. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { withQuestionOptions } from "./reader-options.ts";
import type { WatchFlags } from "./watch-action.ts";

const HELP = `
Prints a line for the first result and for each change: time, result, epoch, digest, number of signers. Nodes announce news in
an event stream; those without one are asked every --interval seconds. Every answer is verified here, as by \`coaudit quorum\`.
Ends on SIGINT or SIGTERM, with the exit code that \`coaudit quorum\` would give for the last result.

Examples:
  $ coaudit watch --node https://a.example --node https://b.example --namespace whatsapp.key-transparency.v1 --policy reader.policy
  $ coaudit watch --node https://a.example --namespace whatsapp.key-transparency.v1 --policy reader.policy --interval 5 --json`;

export function watchCommand(context: CliContext): Command {
  return withQuestionOptions(new Command("watch"))
    .description("print the newest head that a quorum of auditors signed, each time it changes")
    .option("--interval <seconds>", "how often to ask a node that has no event stream", "30")
    .option("--count <n>", "stop after n lines (default: never)")
    .option("--json", "print one line of JSON for each result")
    .addHelpText("after", HELP)
    .action(async (flags: WatchFlags) => (await import("./watch-action.ts")).watchHeads(flags, context));
}
