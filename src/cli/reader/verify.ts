/** `coaudit verify`: verifies a file from somebody else, offline. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { verifyHistoryCommand, verifyLookupCommand } from "../proofs/verify-key.ts";
import type { VerifyFileFlags } from "./question.ts";
import { FAULT_BOUND_OPTION, ORIGIN_OPTION, POLICY_OPTION, ROSTER_OPTION } from "./reader-options.ts";

const HELP = `
  certificate   a certificate as \`coaudit quorum --save\` writes it, or a node's quorum answer
  report        the report of a wrong digest, as \`coaudit quorum --save\` and apps write it: what of it is proven
  head          signatures of one or more auditors: a statement in base64, a signed checkpoint (C2SP), Plexi's JSON answer
  case          a case file: whom it convicts for this reader

Exit code:
  0  the certificate satisfies the policy; all signatures of the head are valid; the case holds
  1  too few signatures, or too old ones; a signature is invalid, or no auditor you know signed; the case does not hold
  2  wrong usage, or an unreadable file
  3  the certificate carries evidence that forbids accepting it

Examples:
  $ coaudit verify certificate answer.coaudit --policy reader.policy
  $ coaudit verify report report.json --policy reader.policy
  $ coaudit verify head checkpoint.txt --policy reader.policy
  $ coaudit verify case case.json --policy reader.policy`;

export function verifyCommand(context: CliContext): Command {
  return new Command("verify")
    .description("verify a certificate, report, head or case file offline, with your own policy")
    .argument("<kind>", "certificate, report, head or case")
    .argument("<file>", "the file to verify")
    .option(...POLICY_OPTION)
    .option(...ROSTER_OPTION)
    .option("--min <k>", "certificate: how many auditors of the roster must agree (default: floor(2n/3)+1)")
    .option("--max-age <seconds>", "certificate: verify it as the newest head, ignoring older signatures")
    .option(...FAULT_BOUND_OPTION)
    .option(...ORIGIN_OPTION)
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (kind: string, file: string, flags: VerifyFileFlags) =>
      (await import("./verify-action.ts")).verifyFile(kind, file, flags, context),
    )
    .enablePositionalOptions()
    .addCommand(verifyLookupCommand(context))
    .addCommand(verifyHistoryCommand(context));
}
