/** `coaudit evidence`: lists and shows a node's cases, verifies one offline, marks one as seen. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { FAULT_BOUND_OPTION, ORIGIN_OPTION, ROSTER_OPTION } from "../reader/reader-options.ts";
import type { AcknowledgeFlags } from "./evidence-acknowledge-action.ts";
import type { ListFlags } from "./evidence-list-action.ts";
import type { SettleFlags } from "./evidence-settle-action.ts";
import type { ShowFlags } from "./evidence-show-action.ts";
import type { VerifyFlags } from "./evidence-verify-action.ts";

const HELP = `
A case is a set of signed statements that honest behaviour cannot explain. Whom it convicts depends on the reader's own roster
and fault bound, so take nobody's word: save the case with \`show ID --out FILE\` and verify it with \`verify\`, which needs only
public keys.

Examples:
  $ coaudit evidence list --config node/coaudit.yaml
  $ coaudit evidence show 3fa1c2 --node https://auditor.example.org --out case.json
  $ coaudit evidence verify case.json --roster roster.yaml
  $ coaudit evidence acknowledge 3fa1c2 --config node/coaudit.yaml --note "reported to the provider"`;

const LIST_HELP = `
Exit code: 0 the node answered; 3 a case convicts the provider; 4 no usable answer.

Examples:
  $ coaudit evidence list --config node/coaudit.yaml
  $ coaudit evidence list --node https://auditor.example.org --all --json`;

const SHOW_HELP = `
Examples:
  $ coaudit evidence show 3fa1c2 --config node/coaudit.yaml
  $ coaudit evidence show 3fa1c2 --node https://auditor.example.org --out case.json`;

const ACKNOWLEDGE_HELP = `
Example:
  $ coaudit evidence acknowledge 3fa1c2 --config node/coaudit.yaml --note "reported to the provider, ticket 4712"`;

const VERIFY_HELP = `
Offline. Exit code: 0 the case holds for this roster and fault bound; 1 it does not; 2 wrong usage or an unreadable file.

Example:
  $ coaudit evidence verify case.json --roster roster.yaml --fault-bound 1`;

const SETTLE_HELP = `
Within the settled epochs the auditors on other sides are not heard and do not count; above them everybody is, and new evidence
is judged by itself. It opens again when more comes to light than was looked at. It holds for this node and, as lines of a roster
file, for readers who adopt it; nobody takes it on a node's word.

Examples:
  $ coaudit evidence settle 3fa1c2 --config node/coaudit.yaml --trust 8c41 --note "a stale replica at d and e" --out settled.json
  $ coaudit evidence settle --from settled.json --config node/coaudit.yaml --yes
  $ coaudit evidence settle 3fa1c2 --config node/coaudit.yaml --withdraw`;

const CONFIG_OPTION = ["--config <file>", "the configuration of the node on this machine"] as const;
const NODE_OPTION = ["--node <url>", "API of any node"] as const;
const JSON_OPTION = ["--json", "print one line of JSON"] as const;
const ID_ARGUMENT = ["<id>", "a case id or its first digits"] as const;

export function evidenceCommand(context: CliContext): Command {
  const list = new Command("list")
    .description("list a node's open cases: convictions first, then leads, each newest first")
    .option(...CONFIG_OPTION)
    .option(...NODE_OPTION)
    .option("--all", "include cases that a conviction explains")
    .option(...JSON_OPTION)
    .addHelpText("after", LIST_HELP)
    .action(async (flags: ListFlags) => (await import("./evidence-list-action.ts")).listCases(flags, context));
  const show = new Command("show")
    .description("show one case: who is on which side, whom it convicts, how to verify it")
    .argument(...ID_ARGUMENT)
    .option(...CONFIG_OPTION)
    .option(...NODE_OPTION)
    .option("--out <file>", "save the case to this file")
    .option(...JSON_OPTION)
    .addHelpText("after", SHOW_HELP)
    .action(async (id: string, flags: ShowFlags) =>
      (await import("./evidence-show-action.ts")).showCase(id, flags, context),
    );
  const verify = new Command("verify")
    .description("verify a case file with public keys alone")
    .argument("<file>", "a case file, as `show --out` saves it")
    .requiredOption(...ROSTER_OPTION)
    .option(...FAULT_BOUND_OPTION)
    .option(...ORIGIN_OPTION)
    .option(...JSON_OPTION)
    .addHelpText("after", VERIFY_HELP)
    .action(async (file: string, flags: VerifyFlags) =>
      (await import("./evidence-verify-action.ts")).verifyCase(file, flags, context),
    );
  const acknowledge = new Command("acknowledge")
    .description("mark a case as seen: it is kept, but no longer asks for attention")
    .argument(...ID_ARGUMENT)
    .requiredOption("--config <file>", "the configuration of the running node")
    .requiredOption("--note <text>", "what was done about it; 1 to 500 characters")
    .option(...JSON_OPTION)
    .addHelpText("after", ACKNOWLEDGE_HELP)
    .action(async (id: string, flags: AcknowledgeFlags) =>
      (await import("./evidence-acknowledge-action.ts")).acknowledgeCase(id, flags, context),
    );
  const settle = new Command("settle")
    .description("settle a fork after people have found out which side is right")
    .argument("[id]", "a case id or its first digits")
    .requiredOption("--config <file>", "the configuration of the running node")
    .option("--trust <digest>", "the digest whose side is right, or its first digits; none: no side is trusted")
    .option("--note <text>", "what was found out; 1 to 500 characters")
    .option("--out <file>", "save the settlement for others")
    .option("--from <file>", "take over a settlement that somebody else saved; shows it, and asks for --yes")
    .option("--yes", "with --from: you have looked at it")
    .option("--withdraw", "take back what was settled on this node")
    .option(...JSON_OPTION)
    .addHelpText("after", SETTLE_HELP)
    .action(async (id: string | undefined, flags: SettleFlags) =>
      (await import("./evidence-settle-action.ts")).settleCase(id, flags, context),
    );
  return new Command("evidence")
    .description("inspect cases against auditors and providers")
    .addHelpText("after", HELP)
    .addCommand(list)
    .addCommand(show)
    .addCommand(verify)
    .addCommand(acknowledge)
    .addCommand(settle);
}
