/** `coaudit doctor` and `coaudit config check`: what is wrong, before it matters. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { repeated } from "../repeated.ts";
import type { DoctorFlags } from "./doctor-action.ts";

const DOCTOR_HELP = `
Looks at the files, this machine (Node, clock, disk and whether it really syncs), the ports, the provider's log and how fast it comes,
the other auditors' addresses, and the node itself if it runs. Each finding that wants something comes with a fix. Nothing is changed
but a file in the data folder that is written and deleted again. It downloads one audit proof (44 MB at WhatsApp).

With --node it asks other auditors' nodes whether they are connected to this one.

Exit code: 0 all is well; 1 something to mend; 2 the configuration cannot be used.

Examples:
  $ coaudit doctor --config node/coaudit.yaml
  $ coaudit doctor --config node/coaudit.yaml --node https://auditor.example.net --json`;

const CHECK_HELP = `
Reads the configuration and all files that it names, as a start or a reload would, and starts nothing.

Exit code: 0 fine; 1 something to look at; 2 it cannot be used: the file, the line and what was expected are named.

Example:
  $ coaudit config check --config node/coaudit.yaml`;

export function doctorCommand(context: CliContext): Command {
  return new Command("doctor")
    .description("examine a node, its machine and its surroundings")
    .requiredOption("--config <file>", "the node's configuration")
    .option("--node <url>", "another auditor's node, asked how it sees this one; repeatable", repeated)
    .option("--json", "print one line of JSON")
    .addHelpText("after", DOCTOR_HELP)
    .action(async (flags: DoctorFlags) => (await import("./doctor-action.ts")).examine(flags, context));
}

export function configCommand(context: CliContext): Command {
  const check = new Command("check")
    .description("check a configuration without starting a node")
    .requiredOption("--config <file>", "the configuration")
    .option("--json", "print one line of JSON")
    .addHelpText("after", CHECK_HELP)
    .action(async (flags: DoctorFlags) => (await import("./doctor-action.ts")).checkConfig(flags, context));
  return new Command("config").description("look after a node's configuration").addCommand(check);
}
