/** `coaudit audit-range`: a chain of epochs, offline. It signs nothing and claims nothing. */
import { Command, CommanderError, Option } from "commander";
import { CONFIGURATION_NAMES } from "../../akd/configuration.ts";
import { EXIT } from "../exit-codes.ts";
import { QUEUE_HELP, QUEUE_OPTION } from "../job-runners.ts";
import type { AuditRangeOptions } from "./audit-range-action.ts";
import { DEFAULT_CHUNK, DEFAULT_JOBS, DEFAULT_LOOKS } from "./audit-range-defaults.ts";

/** Exit codes and usage errors as of verifyProofCommand. */
export function auditRangeCommand(): Command {
  return new Command("audit-range")
    .summary("verify a chain of epochs, offline")
    .description(
      "Verify that each epoch of a range leads from the digest of the epoch before to its own by inserting leaves and changing " +
        "nothing else. Nothing is signed, no claim is made, no node is needed. Stopped and started again with the same options, it " +
        "continues where it was.",
    )
    .requiredOption(
      "--log <url|dir>",
      "the directory's audit log: a bucket's URL, or a folder of <epoch>/<previous>/<current>",
    )
    .requiredOption("--from <epoch>", "first epoch to verify")
    .option("--to <epoch>", "last epoch to verify (default: the newest listed)")
    .addOption(
      new Option("--configuration <name>", "how the directory hashes its tree")
        .choices([...CONFIGURATION_NAMES])
        .default("whatsapp_v1"),
    )
    .option(
      "--root <hex>",
      "digest of the epoch before --from (default: the empty tree's for epoch 1, else as the log names it)",
    )
    .option("--jobs <number>", `epochs fetched and verified at once (default: ${DEFAULT_JOBS})`)
    .option("--threads <number>", "worker threads; 0 for none (default: as many as cores, at most 8)")
    .option(
      "--look-again <number>",
      `how many looks past all caches must agree before an epoch is called invalid; 0 for none (default: ${DEFAULT_LOOKS})`,
    )
    .option(
      "--state <file>",
      "file that records progress (default: one in the current folder, named after the options)",
    )
    .option(QUEUE_OPTION, `${QUEUE_HELP}; workers need --audit-log (coaudit sim worker)`)
    .option("--chunk <epochs>", `epochs per job of a worker (default: ${DEFAULT_CHUNK})`)
    .option("--allow-plain-http", "accept a log over plain HTTP from another machine")
    .option("--json", "print one line of JSON")
    .addHelpText(
      "after",
      `
A log that cannot be read is asked again, with growing pauses or as it says itself, for an hour; then run the command again.
What an epoch is said to be does not depend on one bad copy: see --look-again.

With --queue the proofs are verified by whoever works on that queue. What they say is held against the log here: the ends of every
part must be listed and join, one epoch of each part is verified again, and so is an epoch that is called invalid. Beyond that,
trust is in the workers and in everybody who can write to that Redis: what convicts somebody, audit again without --queue.

Exit code: 0 all valid; 1 an epoch is invalid or the chain is broken; 2 stopped, unreadable or wrong usage.

Examples:
  $ coaudit audit-range --log ./audits --from 1 --to 24
  $ coaudit audit-range --log https://audits.example.org/ --from 100001 --root b1df…3569 --jobs 4 --json
  $ coaudit audit-range --log https://audits.example.org/ --from 1 --queue redis://queue.example:6379`,
    )
    .exitOverride((error) => {
      throw new CommanderError(error.exitCode === 0 ? EXIT.yes : EXIT.usage, error.code, error.message);
    })
    .action(async (options: AuditRangeOptions) => (await import("./audit-range-action.ts")).auditRange(options));
}
