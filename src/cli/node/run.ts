/** `coaudit run`: the node and its API as one process. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";

const HELP = `
Logs are lines of JSON on standard error, and lines for people on a terminal; one line on standard output says where the node listens.
SIGTERM and SIGINT stop the node; a second signal ends it at once, which is safe: every promise is already on disk. SIGHUP has it read
its configuration again (see coaudit reload). The token for operator commands is in admin.token in the data folder, a new one for each
run. A node whose disk is full answers readers, and starts anew by itself once there is room.

Exit code: 0 stopped by a signal; 1 failed, at the start or later; 2 the configuration cannot be used.

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
    .option("--verbose", "log at level debug, and print an error's stack trace")
    .addHelpText("after", HELP)
    .action((flags: RunFlags) => run(flags, context));
}

/** Listens before the node's code is loaded, which takes a moment: a signal in between ends it all the same. */
async function run(flags: RunFlags, context: CliContext): Promise<void> {
  const stopping = new AbortController();
  context.stayAlive();
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
