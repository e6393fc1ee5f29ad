/** `coaudit watch`: the newest head that enough auditors stand behind, each time it changes. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { withQuestionOptions } from "./quorum.ts";
import type { WatchFlags } from "./watch-action.ts";

const HELP = `
Prints a line for the first result and for each that differs: time, result, epoch, digest, how many signed. Nodes tell by a stream of
events when to ask again; those without one are asked every --interval seconds. Every answer is checked here, as \`coaudit quorum\` does.
Ends at SIGINT or SIGTERM, with the exit code that \`coaudit quorum\` would have for the last result.

Examples:
  $ coaudit watch --node https://a.example --node https://b.example --namespace whatsapp.key-transparency.v1 --policy reader.policy
  $ coaudit watch --node https://a.example --namespace whatsapp.key-transparency.v1 --policy reader.policy --interval 5 --json`;

export function watchCommand(context: CliContext): Command {
  return withQuestionOptions(new Command("watch"))
    .description("the newest head that enough auditors stand behind, each time it changes")
    .option("--interval <seconds>", "between two questions while a node has no stream of events", "30")
    .option("--count <n>", "end after so many lines (default: never)")
    .option("--json", "print one line of JSON for each result")
    .addHelpText("after", HELP)
    .action(async (flags: WatchFlags) => (await import("./watch-action.ts")).watchHeads(flags, context));
}
