/**
 * The command `coaudit`. A command's file imports what is heavy inside its action, so that help and completion stay
 * quick.
 */
import { Command, CommanderError } from "commander";
import { errorMessage, isCoauditError } from "../core/errors.ts";
import { VERSION } from "../version.ts";
import { alertCommand } from "./alerts/alert.ts";
import { type CliContext, processContext } from "./context.ts";
import { configCommand, doctorCommand } from "./doctor/doctor.ts";
import { evidenceCommand } from "./evidence/evidence.ts";
import { EXIT, EXIT_CODES_HELP, exitCodeOf } from "./exit-codes.ts";
import { completionCommand } from "./manual/completion.ts";
import { claimsCommand } from "./node/claims.ts";
import { initCommand } from "./node/init.ts";
import { inviteCommand } from "./node/invite.ts";
import { logLevelCommand } from "./node/log-level.ts";
import { reloadCommand } from "./node/reload.ts";
import { resumeCommand } from "./node/resume.ts";
import { rootCommand } from "./node/root.ts";
import { rosterCommand } from "./node/roster.ts";
import { runCommand } from "./node/run.ts";
import { statusCommand } from "./node/status.ts";
import { auditRangeCommand } from "./proofs/audit-range.ts";
import { verifyProofCommand } from "./proofs/verify-proof.ts";
import { providerCommand } from "./provider/provider.ts";
import { policyCommand } from "./reader/policy.ts";
import { quorumCommand } from "./reader/quorum.ts";
import { verifyCommand } from "./reader/verify.ts";
import { watchCommand } from "./reader/watch.ts";
import { simCommand } from "./sim/sim.ts";
import { printable } from "./text.ts";

const EXAMPLES = `
Examples:
  $ coaudit init --name auditor.example.org --folder ./node
  $ coaudit run --config node/coaudit.yaml
  $ coaudit status --config node/coaudit.yaml
  $ coaudit quorum --node https://a.example --node https://b.example --namespace whatsapp.key-transparency.v1 --policy reader.policy`;

/** Runs one command; `argv` as in process.argv. Never throws: the result is the exit code (exit-codes.ts). */
export async function main(argv: readonly string[], context: CliContext = processContext()): Promise<number> {
  return context.ended(await run(argv, context));
}

async function run(argv: readonly string[], context: CliContext): Promise<number> {
  const program = createProgram(context);
  try {
    if (asksForVersions(argv.slice(2))) {
      context.out(JSON.stringify((await import("./version-action.ts")).versions()));
      return EXIT.yes;
    }
    await program.parseAsync([...argv]);
    // Commands without a context set it here.
    return context.exitCode === 0 ? Number(process.exitCode ?? 0) : context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.yes : EXIT.usage;
    reportError(error, argv, context);
    return exitCodeOf(error);
  }
}

/** `--version --json`, in either order; commander would answer the first one and not look at the other. */
function asksForVersions(words: readonly string[]): boolean {
  return words.length === 2 && words.includes("--json") && words.some((word) => word === "--version" || word === "-V");
}

/** The commands, their options and their help. */
export function createProgram(context: CliContext): Command {
  const program = new Command("coaudit")
    .description("Independent auditors of one key directory: audit its epochs, gossip signed heads, find forks.")
    // A command's options are its own: `verify lookup --policy` is not an option of `verify`.
    .enablePositionalOptions()
    .version(VERSION, "-V, --version", "print the version; with --json also of stores and protocols")
    .addHelpText("after", `${EXIT_CODES_HELP}\n${EXAMPLES}`);
  program.addCommand(initCommand());
  program.addCommand(inviteCommand(context));
  program.addCommand(runCommand(context));
  program.addCommand(statusCommand(context));
  program.addCommand(quorumCommand(context));
  program.addCommand(watchCommand(context));
  program.addCommand(verifyCommand(context));
  program.addCommand(policyCommand(context));
  program.addCommand(evidenceCommand(context));
  program.addCommand(doctorCommand(context));
  program.addCommand(configCommand(context));
  program.addCommand(alertCommand(context));
  program.addCommand(reloadCommand(context));
  program.addCommand(logLevelCommand(context));
  program.addCommand(resumeCommand(context));
  program.addCommand(claimsCommand(context));
  program.addCommand(rootCommand(context));
  program.addCommand(rosterCommand(context));
  program.addCommand(verifyProofCommand());
  program.addCommand(auditRangeCommand());
  program.addCommand(providerCommand());
  program.addCommand(simCommand(context));
  program.addCommand(completionCommand(context, () => program));
  configure(program, context);
  return program;
}

/** addCommand() passes neither of these on. */
function configure(command: Command, context: CliContext): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => context.out(text.replace(/\n$/, "")),
    writeErr: (text) => context.err(text.replace(/\n$/, "")),
    getOutHasColors: () => context.hasColors,
    getErrHasColors: () => context.hasColors,
  });
  for (const subcommand of command.commands) configure(subcommand, context);
}

/** One line that says what to do; `--verbose` adds the stack trace. */
function reportError(error: unknown, argv: readonly string[], context: CliContext): void {
  const message = printable(errorMessage(error));
  if (argv.includes("--json")) {
    context.out(JSON.stringify({ code: isCoauditError(error) ? error.code : "UNEXPECTED", message }));
  }
  context.err(`coaudit: ${message}${isCoauditError(error) ? ` (${error.code})` : ""}`);
  if (argv.includes("--verbose") && error instanceof Error) context.err(printable(error.stack ?? "", "\n"));
}
