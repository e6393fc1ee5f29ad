/** What `coaudit resume` does: asks the running node to let the namespace go on. */
import type { CliContext } from "../context.ts";
import { ask, operatorClient } from "./node-target.ts";

export interface ResumeFlags {
  readonly config: string;
  readonly iHaveChecked: string;
  readonly json?: true;
}

export async function resumeNamespace(namespace: string, flags: ResumeFlags, context: CliContext): Promise<void> {
  const client = await operatorClient(flags.config);
  const path = `/v1/namespaces/${encodeURIComponent(namespace)}/resume`;
  await ask(client.post(path, { reason: flags.iHaveChecked }), flags.config);
  context.out(flags.json === true ? JSON.stringify({ resumed: namespace }) : `${namespace} resumes.`);
}
