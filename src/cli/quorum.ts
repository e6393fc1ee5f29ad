/** `coaudit quorum`: which digest do enough auditors stand behind? Asked of any nodes, decided here. */
import { Command } from "commander";
import type { CliContext } from "./context.ts";
import type { QuorumFlags } from "./quorum-ask.ts";
import { FAULT_BOUND_OPTION, ORIGIN_OPTION, ROSTER_OPTION } from "./reader-options.ts";

const HELP = `
Every signature and every case is checked here, with your roster; a node is only a messenger, and asking several finds those that hide
something. The least number of auditors is floor(2n/3)+1 of your roster's n unless --min says otherwise.

Exit code:
  0  satisfied
  1  not enough signatures, or too old ones, or no head is held
  2  wrong usage, or a roster file that cannot be used
  3  conflict: evidence convicts the provider, or more auditors than the fault bound
  4  no node gave a usable answer

Examples:
  $ coaudit quorum --node http://127.0.0.1:7680 --namespace whatsapp.key-transparency.v1 --roster roster.yaml
  $ coaudit quorum --node https://a.example --node https://b.example --namespace whatsapp.key-transparency.v1 \\
      --epoch 722607 --min 3 --roster roster.yaml --json`;

export function quorumCommand(context: CliContext): Command {
  return new Command("quorum")
    .description("which digest enough auditors stand behind, checked with your own roster")
    .requiredOption("--node <url>", "a node to ask; may be given several times", collect)
    .requiredOption("--namespace <ns>", "the namespace")
    .requiredOption(...ROSTER_OPTION)
    .option("--epoch <n>", "an epoch, or latest", "latest")
    .option("--min <k>", "how many auditors must agree (default: floor(2n/3)+1)")
    .option("--max-age <seconds>", "signatures older than this do not count (default: no limit)")
    .option(...FAULT_BOUND_OPTION)
    .option(...ORIGIN_OPTION)
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (flags: QuorumFlags) => (await import("./quorum-ask.ts")).askQuorum(flags, context));
}

/** Without a default list, since that would satisfy requiredOption. */
function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
