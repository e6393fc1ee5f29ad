/** `coaudit resume`: ends a halt on an operator's word. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";

const HELP = `
A namespace halts on facts: a proof that does not verify, a listing that contradicts itself, a signature under this node's key that it
did not make. Check \`coaudit status\`, the node's log and quarantine/ in its data folder first. The reason is kept with the claims.
The node must be running.

Example:
  $ coaudit resume whatsapp.key-transparency.v1 --config node/coaudit.yaml --i-have-checked "the CDN replica was stale, see ticket 12"`;

interface ResumeFlags {
  readonly config: string;
  readonly iHaveChecked: string;
  readonly json?: true;
}

export function resumeCommand(context: CliContext): Command {
  return new Command("resume")
    .description("resume a halted namespace")
    .argument("<namespace>", "the halted namespace")
    .requiredOption("--config <file>", "the configuration of the running node")
    .requiredOption("--i-have-checked <reason>", "what was checked, and by whom; 1 to 500 characters")
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action((namespace: string, flags: ResumeFlags) => resume(namespace, flags, context));
}

async function resume(namespace: string, flags: ResumeFlags, context: CliContext): Promise<void> {
  const { operatorClient, ask } = await import("./node-target.ts");
  const client = await operatorClient(flags.config);
  const path = `/v1/namespaces/${encodeURIComponent(namespace)}/resume`;
  await ask(client.post(path, { reason: flags.iHaveChecked }), flags.config);
  context.out(flags.json === true ? JSON.stringify({ resumed: namespace }) : `${namespace} resumes.`);
}
