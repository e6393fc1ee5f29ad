/** `coaudit roster check`: what a roster says, and what it would change, before a node starts with it. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { FAULT_BOUND_OPTION } from "../reader/reader-options.ts";
import type { RosterCheckFlags } from "./roster-check-action.ts";

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
  return new Command("roster").description("the auditors that you believe exist").addCommand(check);
}
