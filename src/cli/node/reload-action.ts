/** What `coaudit reload` does: asks the running node to read its configuration again, and says what came of it. */
import { Value } from "typebox/value";
import { ReloadAnswer } from "../../api/answers/process-answers.ts";
import { invalidAnswer } from "../../client/node-client.ts";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import type { ReloadReport } from "../../node/reload.ts";
import type { CliContext } from "../context.ts";
import { ask, operatorClient } from "./node-target.ts";

export interface ReloadFlags {
  readonly config: string;
  readonly json?: true;
}

export async function reloadNode(flags: ReloadFlags, context: CliContext): Promise<void> {
  const client = await operatorClient(flags.config).catch((error: unknown) => {
    throw unusable(error) ?? error;
  });
  const answer = await ask(client.post("/v1/reload", {}), flags.config).catch((error: unknown) => {
    throw refused(error, flags.config) ?? error;
  });
  if (!Value.Check(ReloadAnswer, answer)) throw invalidAnswer(client.url, "it does not say what the reload did");
  const report = answer as ReloadReport;
  context.out(flags.json === true ? JSON.stringify(report) : reportText(report));
}

function reportText({ file, live, restart, warnings }: ReloadReport): string {
  return [
    live.length === 0 ? `${file} was read again: nothing to change at once.` : `${file} was read again. Changed:`,
    ...live.map((setting) => `  ${setting}`),
    ...(restart.length === 0 ? [] : ["Takes effect with a restart:", ...restart.map((setting) => `  ${setting}`)]),
    ...warnings.map((warning) => `warning: ${warning}`),
  ].join("\n");
}

/** The file is of no use to this command either: the node was not even asked. */
function unusable(error: unknown): CoauditError | undefined {
  if (!isCoauditError(error, "CONFIG_INVALID", "CONFIG_UNREADABLE")) return undefined;
  return new CoauditError(error.code, `${error.message}; a running node goes on with what it had`, error.metadata, {
    cause: error,
  });
}

function refused(error: unknown, file: string): CoauditError<"RELOAD_REFUSED"> | undefined {
  if (!isCoauditError(error, "NODE_REFUSED") || !error.metadata.type.endsWith(":reload-refused")) return undefined;
  const reason = error.message;
  return new CoauditError("RELOAD_REFUSED", reason, { file, reason }, { cause: error });
}
