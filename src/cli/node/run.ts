/** `coaudit run`: the node and its API as one process. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";

const HELP = `
Logs are lines of JSON on standard error; one line on standard output says where the node listens. SIGTERM and SIGINT stop it, a second
one at once: what was promised is on disk at any moment. A token for operator commands lies in admin.token in the data folder, new with
every run.

Exit code: 0 after a signal; 1 it could not start or failed; 2 the configuration cannot be used.

Example:
  $ coaudit run --config node/coaudit.yaml 2>>node.log`;

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

interface RunFlags {
  readonly config: string;
  readonly verbose?: true;
}

export function runCommand(context: CliContext): Command {
  return new Command("run")
    .description("run a node")
    .requiredOption("--config <file>", "the node's configuration, as `coaudit init` makes it")
    .option("--verbose", "log at level debug, and say where an error came from")
    .addHelpText("after", HELP)
    .action((flags: RunFlags) => run(flags, context));
}

async function run(flags: RunFlags, context: CliContext): Promise<void> {
  const stopping = new AbortController();
  const stopListening = context.onSignal((signal) => {
    if (stopping.signal.aborted) context.exitNow(128 + SIGNAL_NUMBERS[signal]);
    stopping.abort();
  });
  try {
    const { runNode } = await import("./run-action.ts");
    await runNode(flags, context, stopping.signal);
  } finally {
    stopListening();
  }
}
