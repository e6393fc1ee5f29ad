/** `coaudit claims`: looks after the promises of this auditor. */
import { Command, InvalidArgumentError } from "commander";
import type { ClaimsRepairFlags } from "./claims-repair-action.ts";

const HELP = `
Claims are the promises that keep this auditor from ever signing two digests for one epoch. A node with damaged claims does
not start. Repair builds a new claim book from every record that can still be read, and keeps the old files. It cannot know
what was lost: ask the other auditors for the newest epoch of this auditor that they hold (\`coaudit status --node URL\`, under
"newest heads held"), and give at least that number. Nothing at or below it is ever signed anew.

Example:
  $ coaudit claims repair --config coaudit.yaml --watermark whatsapp.key-transparency.v1=722606`;

export function claimsCommand(): Command {
  const repair = new Command("repair")
    .description("make a damaged claim book usable again")
    .requiredOption("--config <file>", "the node's configuration; the node must not be running")
    .option(
      "--watermark <namespace=epoch>",
      "the newest epoch this auditor may have signed, once per namespace",
      collect,
    )
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (flags: ClaimsRepairFlags) => (await import("./claims-repair-action.ts")).repairClaims(flags));
  return new Command("claims").description("maintain this auditor's claims, its promises to sign").addCommand(repair);
}

function collect(value: string, all: Record<string, string> = {}): Record<string, string> {
  const split = value.indexOf("=");
  if (split < 1) throw new InvalidArgumentError("Expected NAMESPACE=EPOCH.");
  return { ...all, [value.slice(0, split)]: value.slice(split + 1) };
}
