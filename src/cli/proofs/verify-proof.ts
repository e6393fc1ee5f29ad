/** `coaudit verify-proof`: one audit proof from a file or standard input, without a node or a network. */
import { Command, CommanderError, Option } from "commander";
import { CONFIGURATION_NAMES } from "../../akd/configuration.ts";
import { EXIT } from "../exit-codes.ts";
import type { VerifyProofOptions } from "./verify-proof-action.ts";

/**
 * Sets process.exitCode: 0 valid, 1 invalid, 2 unreadable or wrong usage. For wrong usage found by commander it throws
 * a CommanderError with exitCode 2 (0 for --help), which the caller turns into the exit code.
 */
export function verifyProofCommand(): Command {
  return new Command("verify-proof")
    .summary("verify one AKD audit proof")
    .description(
      "Verify that an AKD audit proof leads from one digest to another by inserting leaves and changing nothing else.\n\n" +
        "If --epoch, --from or --to is left out and FILE's path ends in EPOCH/FROM/TO, as audit blobs are named, the value is " +
        "taken from the path. A path is only a claim: give --from the digest that you verified before.",
    )
    .argument("<file>", "the proof, or - for standard input")
    .addOption(
      new Option("--configuration <name>", "how the directory hashes its tree")
        .choices([...CONFIGURATION_NAMES])
        .default("whatsapp_v1"),
    )
    .option("--epoch <number>", "the epoch that the proof leads to")
    .option("--from <hex>", "digest of the epoch before, 64 hex digits")
    .option("--to <hex>", "digest of --epoch, 64 hex digits")
    .option("--threads <number>", "worker threads for a large proof; 0 for none (default: as many as cores, at most 8)")
    .option("--repeat <n>", "verify the proof n times in this process; --json lists the times as runs")
    .option("--json", "print one line of JSON")
    .addHelpText(
      "after",
      `
Exit code: 0 valid; 1 invalid; 2 unreadable or wrong usage.

Examples:
  $ coaudit verify-proof audits/17/b1df…3569/ee5a…3591
  $ coaudit verify-proof --epoch 17 --from b1df…3569 --to ee5a…3591 proof.bin --json
  $ curl -s https://…/17/b1df…3569/ee5a…3591 | coaudit verify-proof --epoch 17 --from b1df…3569 --to ee5a…3591 -`,
    )
    .exitOverride((error) => {
      throw new CommanderError(error.exitCode === 0 ? EXIT.yes : EXIT.usage, error.code, error.message);
    })
    .action(async (file: string, options: VerifyProofOptions) =>
      (await import("./verify-proof-action.ts")).verifyProofFile(file, options),
    );
}
