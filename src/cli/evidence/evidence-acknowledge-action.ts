/** What `coaudit evidence acknowledge` does: tells the running node that a case was seen. */
import type { CliContext } from "../context.ts";
import { ask, operatorClient } from "../node/node-target.ts";
import { shortHex } from "../text.ts";
import { fullCaseId } from "./case-id.ts";

export interface AcknowledgeFlags {
  readonly config: string;
  readonly note: string;
  readonly json?: true;
}

export async function acknowledgeCase(id: string, flags: AcknowledgeFlags, context: CliContext): Promise<void> {
  const client = await operatorClient(flags.config);
  const full = await fullCaseId(id, client, flags.config);
  await ask(client.post(`/v1/evidence/${full}/acknowledge`, { note: flags.note }), flags.config);
  context.out(flags.json === true ? JSON.stringify({ acknowledged: full }) : `case ${shortHex(full)} acknowledged`);
}
