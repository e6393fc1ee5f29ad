/** `coaudit claims`: looks after the promises of this auditor. */
import { Command, InvalidArgumentError } from "commander";
import type { CliContext } from "../context.ts";
import { repeated } from "../repeated.ts";
import type { ClaimsClockFlags } from "./claims-clock-action.ts";
import type { ClaimsMarkFlags } from "./claims-mark-action.ts";
import type { ClaimsRepairFlags } from "./claims-repair-action.ts";
import type { AskedMark } from "./known-epochs.ts";

const REPAIR_HELP = `
Claims are the promises that keep this auditor from ever signing two digests for one epoch. A node with damaged or lost claims
does not start. Repair builds a new claim book from every record that can still be read, or from your marks alone, and keeps
the old files. It cannot know what was lost: ask the other auditors for the newest epoch of this auditor that they hold
(\`coaudit status --node URL\`, under "newest heads held"; with --node they are asked here), and give at least that number.
Nothing at or below it is ever signed anew. A namespace without a mark is not signed at all.

Examples:
  $ coaudit claims repair --config coaudit.yaml --watermark whatsapp.key-transparency.v1=722606 --node https://auditor.example.net
  $ coaudit claims repair --config coaudit.yaml --watermark never.signed.v1=0`;

const MARK_HELP = `
For a namespace that got no mark in a repair; and for repaired claims where fewer than two other auditors can answer what they
hold of this key: with your mark one answer is enough after ten minutes, as it is with claims that were never repaired.

Example:
  $ coaudit claims mark whatsapp.key-transparency.v1 722606 --config coaudit.yaml --i-have-checked "asked both others, ticket 4713"`;

const CLOCK_HELP = `
For a node that is behind (clock) although its clock is correct again: it signed while the clock stood in the future; or the clock of its
source or of the other auditors is wrong; or its source has no clock, and its newest epoch is more than a day old. From then on new
claims are dated by this clock, and for a week nobody else's clock is asked. What was promised stays as it is, dated as it was: no
epoch is ever signed a second time.

Example:
  $ date --utc     # compare with another machine first
  $ coaudit claims clock --config coaudit.yaml --i-have-checked "3 ms off; stood in 2038 since the battery went"`;

export function claimsCommand(context: CliContext): Command {
  const repair = new Command("repair")
    .description("make a claim book that is damaged or lost usable again")
    .requiredOption("--config <file>", "the node's configuration; the node must not be running")
    .option(
      "--watermark <namespace=epoch>",
      "the newest epoch this auditor may have signed, once per namespace; of several the highest holds",
      collect,
    )
    .option("--node <url>", "another auditor's node, asked for the newest head of this auditor; repeatable", repeated)
    .option("--yes-really", "take a mark far above everything that is known")
    .option("--json", "print one line of JSON")
    .addHelpText("after", REPAIR_HELP)
    .action(async (flags: ClaimsRepairFlags) =>
      (await import("./claims-repair-action.ts")).repairClaims(flags, context),
    );
  const mark = new Command("mark")
    .description("say up to which epoch this auditor may have signed")
    .argument("<namespace>")
    .argument("<epoch>", "nothing new is signed up to it")
    .requiredOption("--config <file>", "the node's configuration; the node must not be running")
    .requiredOption("--i-have-checked <text>", "who checked what; kept with the mark")
    .option("--node <url>", "another auditor's node, asked for the newest head of this auditor; repeatable", repeated)
    .option("--yes-really", "take a mark far above everything that is known")
    .option("--json", "print one line of JSON")
    .addHelpText("after", MARK_HELP)
    .action(async (namespace: string, epoch: string, flags: ClaimsMarkFlags) =>
      (await import("./claims-mark-action.ts")).markClaims({ namespace, epoch }, flags, context),
    );
  const clock = new Command("clock")
    .description("say that this machine's clock is correct again")
    .requiredOption("--config <file>", "the node's configuration; the node must not be running")
    .requiredOption("--i-have-checked <text>", "who checked what; kept with the claims")
    .option("--json", "print one line of JSON")
    .addHelpText("after", CLOCK_HELP)
    .action(async (flags: ClaimsClockFlags) => (await import("./claims-clock-action.ts")).sayClock(flags, context));
  return new Command("claims")
    .description("maintain this auditor's claims, its promises to sign")
    .addCommand(repair)
    .addCommand(mark)
    .addCommand(clock);
}

function collect(value: string, all: readonly AskedMark[] = []): readonly AskedMark[] {
  const split = value.indexOf("=");
  if (split < 1) throw new InvalidArgumentError("Expected NAMESPACE=EPOCH.");
  return [...all, { namespace: value.slice(0, split), epoch: value.slice(split + 1) }];
}
