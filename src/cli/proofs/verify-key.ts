/** `coaudit verify lookup` and `coaudit verify history`: what a directory said about somebody's key. */
import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { FAULT_BOUND_OPTION, ORIGIN_OPTION, POLICY_OPTION, ROSTER_OPTION } from "../reader/reader-options.ts";
import { repeated } from "../repeated.ts";
import type { VerifyHistoryFlags, VerifyKeyFlags } from "./verify-key-action.ts";

const EXITS = `
Exit code:
  0  valid
  1  not valid; or not enough auditors signed the epoch, or a newest one; or it is more than 20 below that
  2  wrong usage, or a file that cannot be read
  3  evidence forbids to trust the epoch's digest
  4  no node gave a usable answer`;

const LOOKUP_HELP = `
A lookup shows that the directory holds this version of the key and has not retired it. It does not show that this is
the newest version, or one that its owner knows of: a history with --params most-recent:1 does.
${EXITS}

Examples:
  $ coaudit verify lookup bob.lookup --vrf-key 830f…ec5c --label bob --root ee5a…3591 --epoch 24
  $ coaudit verify lookup bob.lookup --vrf-key 830f…ec5c --label-hex 626f62 --epoch 24 --json \\
      --node https://a.example --node https://b.example --namespace example.v1 --policy reader.policy`;

const HISTORY_HELP = `
A version whose value the provider has removed is a tombstone: it is there, and nothing shows what it was. It is marked.
${EXITS}

Examples:
  $ coaudit verify history bob.history --params most-recent:1 --vrf-key 830f…ec5c --label bob --root ee5a…3591 --epoch 24
  $ coaudit verify history mine.history --params complete --vrf-key 830f…ec5c --label me --epoch 24 \\
      --node https://a.example --namespace example.v1 --policy reader.policy`;

export function verifyLookupCommand(context: CliContext): Command {
  return keyCommand("lookup", "verify what a directory answered when it was asked for somebody's key")
    .addHelpText("after", LOOKUP_HELP)
    .action(async (file: string, flags: VerifyKeyFlags) =>
      (await import("./verify-key-action.ts")).verifyLookupFile(file, flags, context),
    );
}

export function verifyHistoryCommand(context: CliContext): Command {
  return keyCommand("history", "verify the history of somebody's key")
    .requiredOption("--params <extent>", "what was asked for: complete, or most-recent:N")
    .addHelpText("after", HISTORY_HELP)
    .action(async (file: string, flags: VerifyHistoryFlags) =>
      (await import("./verify-key-action.ts")).verifyHistoryFile(file, flags, context),
    );
}

function keyCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument("<file>", "the proof (protobuf, as the akd crate writes it), or - for standard input")
    .addOption(
      new Option("--configuration <name>", "how the directory hashes its tree")
        .choices(["whatsapp_v1", "experimental"])
        .default("whatsapp_v1"),
    )
    .requiredOption(
      "--vrf-key <hex>",
      "the provider's VRF public key, 64 hex digits; not one that came with the answer",
    )
    .option("--label <text>", "whose key: the label as text")
    .option("--label-hex <hex>", "whose key: the label in hex")
    .requiredOption("--epoch <number>", "the epoch of the answer")
    .option("--root <hex>", "the digest that you trust for that epoch, 64 hex digits; or let a quorum say it:")
    .option("--node <url>", "a node to ask for the epoch's digest (repeatable)", repeated)
    .option("--namespace <ns>", "the namespace to ask about")
    .option(...POLICY_OPTION)
    .option(...ROSTER_OPTION)
    .option("--min <k>", "how many auditors of the roster must agree (default: floor(2n/3)+1)")
    .option("--trust-state <file>", "remember in this file what was accepted, so that no node can roll it back")
    .option(...FAULT_BOUND_OPTION)
    .option(...ORIGIN_OPTION)
    .option("--json", "print one line of JSON");
}
