/** `coaudit status`: what a node is doing and how far it has got. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import type { StatusOf } from "./answers.ts";
import type { TargetFlags } from "./node-target.ts";

const HELP = `
Exit code: 0 ready; 1 not ready (a namespace is initializing, unguarded, behind or halted, or no auditor is connected); 4 no usable answer.

Examples:
  $ coaudit status --config node/coaudit.yaml
  $ coaudit status --node https://auditor.example.org --json
  $ coaudit status --config node/coaudit.yaml --watch`;

/** Between two refreshes of --watch. */
const WATCH_INTERVAL_MS = 2_000;
const CLEAR_SCREEN = "\u001b[2J\u001b[H";

interface StatusFlags extends TargetFlags {
  readonly json?: true;
  readonly watch?: true;
}

export function statusCommand(context: CliContext): Command {
  return new Command("status")
    .description("show what a node is doing: its namespaces, peers and open cases")
    .option("--config <file>", "the configuration of the node on this machine; also shows the operator's messages")
    .option("--node <url>", "API of any node")
    .option("--json", "print one line of JSON")
    .option("--watch", "refresh every two seconds until interrupted")
    .addHelpText("after", HELP)
    .action((flags: StatusFlags) => showStatus(flags, context));
}

async function showStatus(flags: StatusFlags, context: CliContext): Promise<void> {
  const [{ nodeTarget, ask }, { checkStatus }, { statusText }, { systemClock }] = await Promise.all([
    import("./node-target.ts"),
    import("./answers.ts"),
    import("./status-text.ts"),
    import("../../platform/system.ts"),
  ]);
  const { client } = await nodeTarget(flags);
  const look = async (): Promise<StatusOf> =>
    checkStatus(await ask(client.get("/v1/status"), flags.config), client.url);
  const show = (status: StatusOf): void => {
    context.out(flags.json === true ? JSON.stringify(status) : statusText(status, context));
    context.exitCode = status.ready ? EXIT.yes : EXIT.no;
  };
  if (flags.watch !== true) return show(await look());

  const interrupted = new AbortController();
  const stopListening = context.onSignal(() => interrupted.abort());
  try {
    while (!interrupted.signal.aborted) {
      const status = await look();
      if (context.isTerminal && flags.json !== true) context.out(CLEAR_SCREEN);
      show(status);
      await systemClock.sleep(WATCH_INTERVAL_MS, interrupted.signal);
    }
  } finally {
    stopListening();
  }
}
