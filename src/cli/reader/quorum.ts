/** `coaudit quorum`: which digest has a quorum? Any nodes are asked, the decision is made here. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import type { QuorumFlags } from "./quorum-action.ts";
import { withQuestionOptions } from "./reader-options.ts";

const HELP = `
Every signature and every case is verified here, with your policy or roster; a node is only a messenger, and asking several
exposes those that hide something. With --roster alone, floor(2n/3)+1 of its n auditors must agree unless --min says otherwise.

With --digest the question is whether the digest that you were shown is the one the auditors saw; it is sent nowhere.

Exit code:
  0  satisfied
  1  not enough signatures, not audited yet, or too old
  2  wrong usage, or an unusable policy or roster file
  3  conflict: evidence forbids accepting anything; a digest other than the one shown; or two digests, neither proven wrong
  4  no node gave a usable answer

Examples:
  $ coaudit quorum --node http://127.0.0.1:7680 --namespace whatsapp.key-transparency.v1 --policy reader.policy
  $ coaudit quorum --node https://a.example --node https://b.example --namespace whatsapp.key-transparency.v1 \\
      --epoch 722607 --digest 9f2c... --policy reader.policy --save answer.coaudit
  $ coaudit quorum --node https://a.example --namespace whatsapp.key-transparency.v1 --roster roster.yaml --min 3 --json`;

export function quorumCommand(context: CliContext): Command {
  return withQuestionOptions(new Command("quorum"))
    .description("find the digest that a quorum of auditors signed, verified with your own policy or roster")
    .option("--epoch <n>", "an epoch, or latest", "latest")
    .option("--digest <hex>", "the digest that you were shown for that epoch")
    .option("--save <file>", "save the certificate, the report of a wrong digest, or the case of a conflict")
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (flags: QuorumFlags) => (await import("./quorum-action.ts")).askQuorum(flags, context));
}
