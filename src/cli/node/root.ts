/** `coaudit root`: where the audit of a namespace goes on, on a person's word. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { repeated } from "../repeated.ts";
import type { RootFlags } from "./root-action.ts";

const HELP = `
For an auditor that started from a wrong root, or that was shown a history which people have found to be the wrong one: its claims
end on a different digest from the one that the log goes on from, so it can verify nothing any more. The audit goes on from EPOCH and
DIGEST, at or above the newest claim, and only what lies above EPOCH is signed; what was signed before stays signed. The source must
list that epoch with that digest, and a digest that no other auditor signed is refused when others signed another. A halt about the
provider is lifted, one for the own key is not. The node must not be running.

Example:
  $ coaudit root whatsapp.key-transparency.v1 722606 8c41...e07b --config coaudit.yaml \\
      --i-have-checked "our cache was stale; b and c signed this digest, ticket 4715"`;

export function rootCommand(context: CliContext): Command {
  return new Command("root")
    .description("go on from another epoch and digest, after this auditor followed a wrong history")
    .argument("<namespace>")
    .argument("<epoch>", "at or above the newest claim; only what lies above it is signed")
    .argument("<digest>", "64 hexadecimal digits: the digest of that epoch")
    .requiredOption("--config <file>", "the node's configuration; the node must not be running")
    .requiredOption("--i-have-checked <text>", "who checked what; kept with the claims")
    .option("--node <url>", "another auditor's node, asked for the newest head of this auditor; repeatable", repeated)
    .option(
      "--yes-really",
      "although the source does not list that digest, others signed another, or the epoch is far above all that is known",
    )
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (namespace: string, epoch: string, digest: string, flags: RootFlags) =>
      (await import("./root-action.ts")).moveRoot({ namespace, epoch, digest }, flags, context),
    );
}
