/** `coaudit invite`: all that another organisation needs to audit with this one, as one line. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import type { InviteFlags } from "./invite-action.ts";

const HELP = `
Writes one line for \`coaudit init --invite\` and \`coaudit roster add\`: this auditor's record under both of its keys, the logs that it
audits, and its roster. There is no secret in it. Whoever could change it on its way could put other keys into it, so it
prints a checksum and a fingerprint: read them to each other.

Examples:
  $ coaudit invite --config coaudit.yaml > a.invite
  $ coaudit invite --config coaudit.yaml --out a.invite`;

export function inviteCommand(context: CliContext): Command {
  return new Command("invite")
    .description("make one line with which another organisation sets up its node")
    .requiredOption("--config <file>", "the configuration of this auditor's node, which may be running")
    .option("--out <file>", "where to write it (default: standard output)")
    .addHelpText("after", HELP)
    .action(async (flags: InviteFlags) => (await import("./invite-action.ts")).invite(flags, context));
}
