/** `coaudit policy check`: what a policy asks for and what it survives. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import type { PolicyCheckFlags } from "./policy-check-action.ts";
import { FAULT_BOUND_OPTION } from "./reader-options.ts";

const HELP = `
A policy is written in C2SP's tlog-policy grammar:

  witness NAME VKEY [URL]            an auditor, by the vkey that \`coaudit init\` prints
  group NAME all|any|K MEMBER...     at least K of the members: witnesses, or groups defined above
  quorum NAME                        the witness or group that must have signed

A policy passes if no f auditors satisfy it alone. Warnings say where two quorums can have only f auditors in common, who could
sign two digests of one epoch, and where f absent auditors make every head unacceptable.

Exit code:
  0  the policy holds against f liars
  1  f liars alone satisfy it
  2  wrong usage, or not a policy; the message gives line and column

Examples:
  $ coaudit policy check policy.txt
  $ coaudit policy check policy.txt --faults 2 --json`;

export function policyCommand(context: CliContext): Command {
  const check = new Command("check")
    .description("explain a policy, draw it as a tree, and say what it survives")
    .argument("<file>", "the policy")
    .option("--faults <f>", FAULT_BOUND_OPTION[1])
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (file: string, flags: PolicyCheckFlags) =>
      (await import("./policy-check-action.ts")).checkPolicy(file, flags, context),
    );
  return new Command("policy").description("readers' policies: which auditors must agree").addCommand(check);
}
