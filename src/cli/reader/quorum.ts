/** `coaudit quorum`: which digest do enough auditors stand behind? Asked of any nodes, decided here. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { repeated } from "../repeated.ts";
import type { QuorumFlags } from "./quorum-action.ts";
import { FAULT_BOUND_OPTION, ORIGIN_OPTION, POLICY_OPTION, ROSTER_OPTION } from "./reader-options.ts";

const HELP = `
Every signature and every case is checked here, with your policy or roster; a node is only a messenger, and asking several finds those
that hide something. With --roster alone, floor(2n/3)+1 of its n auditors must agree unless --min says otherwise.

With --digest the question is whether that digest, which somebody showed you, is the one the auditors saw; it is not sent anywhere.

Exit code:
  0  satisfied
  1  not enough signatures, not audited yet, or too old
  2  wrong usage, or a policy or roster file that cannot be used
  3  conflict: evidence forbids to accept anything; another digest than the one shown; or two digests and nothing decides
  4  no node gave a usable answer

Examples:
  $ coaudit quorum --node http://127.0.0.1:7680 --namespace whatsapp.key-transparency.v1 --policy reader.policy
  $ coaudit quorum --node https://a.example --node https://b.example --namespace whatsapp.key-transparency.v1 \\
      --epoch 722607 --digest 9f2c... --policy reader.policy --save answer.coaudit
  $ coaudit quorum --node https://a.example --namespace whatsapp.key-transparency.v1 --roster roster.yaml --min 3 --json`;

export function quorumCommand(context: CliContext): Command {
  return withQuestionOptions(new Command("quorum"))
    .description("which digest enough auditors stand behind, checked with your own policy or roster")
    .option("--epoch <n>", "an epoch, or latest", "latest")
    .option("--digest <hex>", "the digest of that epoch that you were shown")
    .option("--save <file>", "keep the certificate, or the report of a wrong digest, or the case of a conflict")
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (flags: QuorumFlags) => (await import("./quorum-action.ts")).askQuorum(flags, context));
}

/** Whom to ask, about what, and who reads. */
export function withQuestionOptions(command: Command): Command {
  return command
    .requiredOption("--node <url>", "a node to ask; may be given several times", repeated)
    .requiredOption("--namespace <ns>", "the namespace")
    .option(...POLICY_OPTION)
    .option(...ROSTER_OPTION)
    .option("--min <k>", "how many auditors of the roster must agree (default: floor(2n/3)+1)")
    .option("--max-age <seconds>", "of the newest head, signatures older than this do not count (default: no limit)")
    .option("--trust-state <file>", "remember what was accepted, so that no node can take it back")
    .option(...FAULT_BOUND_OPTION)
    .option(...ORIGIN_OPTION);
}
