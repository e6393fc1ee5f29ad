/** `coaudit roster check`: what a roster says, and what it would change, before a node starts with it. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { FAULT_BOUND_OPTION } from "../reader/reader-options.ts";
import { repeated } from "../repeated.ts";
import type { RosterAddFlags } from "./roster-add-action.ts";
import type { RosterCheckFlags } from "./roster-check-action.ts";
import type { RosterCompareFlags } from "./roster-diff-action.ts";
import type { RosterRetireFlags } from "./roster-retire-action.ts";

const HELP = `
Alone it checks what a reader uses: names, keys, windows, terms, addresses, settlements. With --config it checks what that node
would start with: also its own entry, the policies, whose heads its data folder holds, and which cases would change class. Stop
the node first, or copy its folder; nothing is changed.

Exit code:
  0  nothing to look at
  1  warnings, or cases that change class
  2  wrong usage, not a roster, or one with which the node would not start

Examples:
  $ coaudit roster check roster.yaml
  $ coaudit roster check new-roster.yaml --config node/coaudit.yaml
  $ coaudit roster check --config node/coaudit.yaml --json`;

const ADD_HELP = `
A node publishes a record at /.well-known/coaudit.json, and \`coaudit invite\` writes one to a file. It is signed by both of its keys,
so whoever made it holds them; that they belong to the organisation of that name is not proven by anything here: have its
operator read the fingerprint to you. Only its own key is taken over, not those of its roster. Comments in the file stay.
A node with a history has newcomers count from its next epoch on; --joined says another one.

Examples:
  $ coaudit roster add https://auditor.example.net --config coaudit.yaml
  $ coaudit roster add b.invite c.invite --config coaudit.yaml
  $ coaudit roster add c.invite --roster roster.yaml --joined whatsapp.key-transparency.v2=1300000`;

const RETIRE_HELP = `
Above that epoch it is not in the roster; what it signed up to it keeps counting. An entry is never deleted.

Example:
  $ coaudit roster retire c.example --at whatsapp.key-transparency.v2=1300000 --config coaudit.yaml`;

const VERIFY_HELP = `
For each: does the roster list the key that it signs with, does it dial the right peer id, and does the other one list this
node with its key? The fingerprints are for reading to each other.

Exit code: 0 all as listed, 1 not, 4 none could be read.

Example:
  $ coaudit roster verify https://b.example https://c.example --config coaudit.yaml`;

const DIFF_HELP = `
Compares who is listed, with which keys, windows and next key, and from which to which epoch. Addresses and what a reader
thinks of convicted auditors may differ.

Exit code: 0 the same, 1 different or not all could be read, 4 none could.

Examples:
  $ coaudit roster diff https://a.example https://b.example https://c.example
  $ coaudit roster diff https://b.example --config coaudit.yaml`;

export function rosterCommand(context: CliContext): Command {
  const check = new Command("check")
    .description("say what a roster amounts to, and what it would change, before a node starts with it")
    .argument("[file]", "the roster; default: the one that the configuration names")
    .option("--config <file>", "the configuration of the node that would use it; the node must not be running")
    .option(...FAULT_BOUND_OPTION)
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (file: string | undefined, flags: RosterCheckFlags) =>
      (await import("./roster-check-action.ts")).checkRoster(file, flags, context),
    );
  const file = (command: Command): Command =>
    command
      .option("--config <file>", "the configuration of the node that uses the roster")
      .option("--roster <file>", "the roster file, where no node uses it");
  const add = file(new Command("add"))
    .description("take other auditors into a roster, from what they publish")
    .argument("<source...>", "a node's URL, an invitation's file, or its line")
    .option("--joined <namespace=epoch>", "the first epoch at which they count; repeatable", repeated, [])
    .addHelpText("after", ADD_HELP)
    .action(async (sources: string[], flags: RosterAddFlags) =>
      (await import("./roster-add-action.ts")).addToRoster(sources, flags, context),
    );
  const retire = file(new Command("retire"))
    .description("say up to which epoch an auditor counts; its entry stays")
    .argument("<name>")
    .option("--at <namespace=epoch>", "the last epoch at which it counts, 0 for none; repeatable", repeated, [])
    .addHelpText("after", RETIRE_HELP)
    .action(async (name: string, flags: RosterRetireFlags) =>
      (await import("./roster-retire-action.ts")).retireFromRoster(name, flags, context),
    );
  const verify = file(new Command("verify"))
    .description("compare what auditors publish of themselves with their entries in a roster")
    .argument("<source...>", "a node's URL, an invitation's file, or its line")
    .option("--json", "print one line of JSON")
    .addHelpText("after", VERIFY_HELP)
    .action(async (sources: string[], flags: RosterCompareFlags) =>
      (await import("./roster-diff-action.ts")).verifyRoster(sources, flags, context),
    );
  const diff = file(new Command("diff"))
    .description("compare the rosters of nodes with each other")
    .argument("[source...]", "nodes' URLs, invitations' files, or their lines")
    .option("--json", "print one line of JSON")
    .addHelpText("after", DIFF_HELP)
    .action(async (sources: string[], flags: RosterCompareFlags) =>
      (await import("./roster-diff-action.ts")).diffRosters(sources, flags, context),
    );
  return new Command("roster")
    .description("the auditors that you believe exist")
    .addCommand(check)
    .addCommand(add)
    .addCommand(retire)
    .addCommand(verify)
    .addCommand(diff);
}
