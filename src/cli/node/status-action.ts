/** What `coaudit status` does: asks the node, once or again and again, and shows its answer. */
import { systemClock } from "../../platform/system.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { checkStatus, type StatusOf } from "./answers.ts";
import { ask, checkName, nodeTarget, type TargetFlags } from "./node-target.ts";
import { statusText } from "./status-text.ts";

/** Between two refreshes of --watch. */
const WATCH_INTERVAL_MS = 2_000;
const CLEAR_SCREEN = "\u001b[2J\u001b[H";

export interface StatusFlags extends TargetFlags {
  readonly json?: true;
  readonly watch?: true;
}

export async function showStatus(flags: StatusFlags, context: CliContext): Promise<void> {
  const { client, config } = await nodeTarget(flags);
  const look = async (): Promise<StatusOf> => {
    const status = checkStatus(await ask(client.get("/v1/status"), flags.config), client.url);
    checkName(status.name, config, client.url);
    return status;
  };
  const show = (status: StatusOf): void => {
    context.out(flags.json === true ? JSON.stringify(status) : statusText(status, context));
    const isWell = status.ready && status.warnings.length === 0;
    const isConflict = status.convictions.length > 0 || status.boundBroken;
    context.exitCode = isConflict ? EXIT.conflict : isWell ? EXIT.yes : EXIT.no;
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
