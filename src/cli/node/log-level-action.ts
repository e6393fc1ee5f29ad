/** What `coaudit log-level` does: asks the running node to log from this level on. */
import type { CliContext } from "../context.ts";
import { printable } from "../text.ts";
import { ask, operatorClient } from "./node-target.ts";

export interface LogLevelFlags {
  readonly config: string;
  readonly json?: true;
}

export async function changeLogLevel(level: string, flags: LogLevelFlags, context: CliContext): Promise<void> {
  const client = await operatorClient(flags.config);
  const { before } = (await ask(client.post("/v1/log-level", { level }), flags.config)) as { before: unknown };
  const was = printable(String(before));
  context.out(flags.json === true ? JSON.stringify({ before: was, level }) : `logs from ${level} on; it was ${was}`);
}
