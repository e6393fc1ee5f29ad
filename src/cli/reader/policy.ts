/** `coaudit policy`: what a policy asks for, where it comes from, and how an app renews it. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { repeated } from "../repeated.ts";
import type { PolicyBundleFlags, PolicySignFlags, PolicyVerifyFlags } from "./policy-bundle-action.ts";
import type { PolicyCheckFlags } from "./policy-check-action.ts";
import type { PolicyNewFlags } from "./policy-new-action.ts";
import { FAULT_BOUND_OPTION, ORIGIN_OPTION, ROSTER_OPTION } from "./reader-options.ts";

const HELP = `
A policy is written in C2SP's tlog-policy grammar:

  witness NAME VKEY [URL]            an auditor, by the vkey that \`coaudit init\` prints
  group NAME all|any|K MEMBER...     at least K of the members: witnesses, or groups defined above
  quorum NAME                        the witness or group that must have signed

A policy passes if no f auditors satisfy it alone. Warnings say where two quorums can have only f auditors in common, who could
sign two digests of one epoch, and where f absent auditors make every head unacceptable.

Exit code:
  0  the policy holds against f liars
  1  f liars alone satisfy it
  2  wrong usage, or not a policy; the message gives line and column

Examples:
  $ coaudit policy check policy.txt
  $ coaudit policy check policy.txt --faults 2 --json`;

const NEW_HELP = `
Each URL is a node's, and its name and key are those that it publishes itself; a file is a roster, with all its keys. Whoever
stands between you and a node can give you another key, so the fingerprints are printed for you to compare with the operators:
by telephone, on paper, in person. Then \`coaudit policy check\` says what the policy survives.

Examples:
  $ coaudit policy new --from https://a.example --from https://b.example --from https://c.example --out reader.policy
  $ coaudit policy new --from roster.yaml --min 4`;

const BUNDLE_HELP = `
A bundle is one text: the policy of an app, with the roster, f, origins, VRF keys and settlements that belong to it. Those who make
the app sign it (\`coaudit policy sign\`), the app renews it by \`renewPolicy\` (docs/clients.md), and a new version replaces all lower ones.

Examples:
  $ coaudit policy key alice.messenger.example --out alice.key
  $ coaudit policy bundle --app messenger.example --number 2 --expires 2027-12-31 --policy reader.policy --out bundle.txt
  $ coaudit policy sign bundle.txt --key alice.key --out bundle.note
  $ coaudit policy sign bundle.note --key bob.key --out bundle.note
  $ coaudit policy verify bundle.note --app messenger.example --signer VKEY --signer VKEY --threshold 2`;

const SIGN_HELP = `
Signs the text of a bundle, or adds a signature to one that is signed already: a C2SP signed note with Ed25519 keys (type 01), which
other tools for notes read and write, too. Use these keys for nothing else, and keep each with a different person.

Examples:
  $ coaudit policy sign bundle.txt --key alice.key --out bundle.note
  $ coaudit policy sign bundle.note --key bob.key --out bundle.note`;

const KEY_HELP = `
Example:
  $ coaudit policy key alice.messenger.example --out alice.key`;

const VERIFY_HELP = `
Exit code:
  0  enough of the signers signed it, and it is a bundle of this app; the text says when it is out of date
  1  it is not
  2  wrong usage, or a file that can't be read

Example:
  $ coaudit policy verify bundle.note --app messenger.example --signer VKEY --signer VKEY --threshold 2`;

const load = (): Promise<typeof import("./policy-bundle-action.ts")> => import("./policy-bundle-action.ts");

export function policyCommand(context: CliContext): Command {
  const check = new Command("check")
    .description("explain a policy, draw it as a tree, and say what it survives")
    .argument("<file>", "the policy")
    .option("--faults <f>", FAULT_BOUND_OPTION[1])
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (file: string, flags: PolicyCheckFlags) =>
      (await import("./policy-check-action.ts")).checkPolicy(file, flags, context),
    );
  const fresh = new Command("new")
    .description("write a policy from what auditors publish, and show fingerprints to compare")
    .requiredOption("--from <url|roster.yaml>", "a node, or a roster file (repeatable)", repeated)
    .option("--min <k>", "how many must agree (default: floor(2n/3)+1)")
    .option("--out <file>", "where to write it (default: standard output)")
    .addHelpText("after", NEW_HELP)
    .action(async (flags: PolicyNewFlags) => (await import("./policy-new-action.ts")).newPolicy(flags, context));
  return new Command("policy")
    .description("readers' policies: which auditors must agree")
    .addCommand(check)
    .addCommand(fresh)
    .addCommand(keyCommand(context))
    .addCommand(bundleCommand(context))
    .addCommand(signCommand(context))
    .addCommand(verifyCommand(context));
}

function keyCommand(context: CliContext): Command {
  return new Command("key")
    .description("make a key that signs bundles, and print its vkey, which an app pins")
    .argument("<name>", "the signer's name, such as alice.messenger.example")
    .requiredOption("--out <file>", "where to write the private key, readable by its owner only")
    .addHelpText("after", KEY_HELP)
    .action(async (name: string, flags: { out: string }) => (await load()).makeSignerKey(name, flags, context));
}

function bundleCommand(context: CliContext): Command {
  return new Command("bundle")
    .description("write what an app trusts as one text, to be signed by those who make the app")
    .requiredOption("--app <name>", "the app that it is for")
    .requiredOption("--number <n>", "its version: from 1, higher than all before")
    .requiredOption(
      "--expires <day>",
      "the day, such as 2027-12-31, from which every result says that it is out of date",
    )
    .requiredOption("--policy <file>", "which auditors must agree")
    .option(...ROSTER_OPTION)
    .option(...FAULT_BOUND_OPTION)
    .option(...ORIGIN_OPTION)
    .option("--vrf <ns=key>", "the VRF key of a namespace, 64 hexadecimal digits (repeatable)", repeated)
    .option("--out <file>", "where to write it (default: standard output)")
    .addHelpText("after", BUNDLE_HELP)
    .action(async (flags: PolicyBundleFlags) => (await load()).makeBundle(flags, context));
}

function signCommand(context: CliContext): Command {
  return new Command("sign")
    .description("sign a bundle, or add a signature to it")
    .argument("<file>", "the text of a bundle, or a signed one")
    .requiredOption("--key <file>", "a private key of `coaudit policy key` (repeatable)", repeated)
    .option("--out <file>", "where to write it (default: standard output)")
    .addHelpText("after", SIGN_HELP)
    .action(async (file: string, flags: PolicySignFlags) => (await load()).signBundle(file, flags, context));
}

function verifyCommand(context: CliContext): Command {
  return new Command("verify")
    .description("check a signed bundle as the app would, and show what it says")
    .argument("<file>", "the signed bundle")
    .requiredOption("--app <name>", "the app that it must be for")
    .requiredOption("--signer <vkey>", "a key that the app pins (repeatable)", repeated)
    .option("--threshold <k>", "how many of them must have signed (default: all)")
    .option("--json", "print one line of JSON")
    .addHelpText("after", VERIFY_HELP)
    .action(async (file: string, flags: PolicyVerifyFlags) => (await load()).verifyBundle(file, flags, context));
}
