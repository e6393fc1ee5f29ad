/** `coaudit verify-proof`: one audit proof from a file or standard input, without a node or a network. */
import { Command, CommanderError, Option } from "commander";
import type { ConfigurationName } from "../akd/configuration.ts";
import type { ProofRequest, ProofSummary } from "../akd/verify.ts";
import { fromHex } from "../core/bytes.ts";
import { CoauditError, errorMessage, isCoauditError } from "../core/errors.ts";
import { parseNumber } from "../core/numbers.ts";

const EXIT = { valid: 0, invalid: 1, unusable: 2 } as const;

export interface VerifyProofOptions {
  configuration: ConfigurationName;
  epoch?: string;
  from?: string;
  to?: string;
  json?: true;
}

/**
 * Sets process.exitCode: 0 valid, 1 invalid, 2 unreadable or wrong usage. For wrong usage that commander finds it throws a
 * CommanderError with exitCode 2 (0 for --help), which the caller turns into the exit code.
 */
export function verifyProofCommand(): Command {
  return new Command("verify-proof")
    .summary("verify one AKD audit proof")
    .description(
      "Verify that an AKD audit proof leads from one digest to another, having inserted leaves and changed nothing else.\n\n" +
        "When --epoch, --from or --to is left out and FILE's path ends in EPOCH/FROM/TO, as audit blobs are named, it is taken\n" +
        "from the path. A path is only a claim: give --from the digest that you verified before.",
    )
    .argument("<file>", "the proof, or - for standard input")
    .addOption(
      new Option("--configuration <name>", "how the directory hashes its tree")
        .choices(["whatsapp_v1", "experimental"] satisfies ConfigurationName[])
        .default("whatsapp_v1"),
    )
    .option("--epoch <number>", "the epoch that the proof leads to")
    .option("--from <hex>", "digest of the epoch before, 64 hex digits")
    .option("--to <hex>", "digest of --epoch, 64 hex digits")
    .option("--json", "print one line of JSON")
    .addHelpText(
      "after",
      `
Exit code: 0 valid, 1 invalid, 2 unreadable or wrong usage.

Examples:
  $ coaudit verify-proof audits/17/b1df…3569/ee5a…3591
  $ coaudit verify-proof --epoch 17 --from b1df…3569 --to ee5a…3591 proof.bin --json
  $ curl -s https://…/17/b1df…3569/ee5a…3591 | coaudit verify-proof --epoch 17 --from b1df…3569 --to ee5a…3591 -`,
    )
    .exitOverride((error) => {
      throw new CommanderError(error.exitCode === 0 ? EXIT.valid : EXIT.unusable, error.code, error.message);
    })
    .action(verifyProofFile);
}

async function verifyProofFile(file: string, options: VerifyProofOptions): Promise<void> {
  const { isProofError } = await import("../akd/verify.ts");
  try {
    const request = requestOf(file, options);
    const { ReferenceVerifier } = await import("../akd/proof-verifier.ts");
    const verifier = new ReferenceVerifier();
    const startMs = performance.now();
    const summary = await verifier.verify(request, await openProof(file), new AbortController().signal);
    reportValid(summary, Math.round(performance.now() - startMs), options);
    process.exitCode = EXIT.valid;
  } catch (error) {
    const isInvalid = isProofError(error);
    reportFailure(error, options, isInvalid ? "invalid" : "unusable");
    process.exitCode = isInvalid ? EXIT.invalid : EXIT.unusable;
  }
}

/** Throws USAGE, NUMBER_OUT_OF_RANGE or ENCODING_INVALID, each naming the option. */
function requestOf(file: string, options: VerifyProofOptions): ProofRequest {
  const name = /(?:^|[/\\])([0-9]+)[/\\]([0-9a-fA-F]{64})[/\\]([0-9a-fA-F]{64})$/.exec(file);
  const [epoch, from, to] = [
    given(options.epoch ?? name?.[1], "--epoch"),
    given(options.from ?? name?.[2], "--from"),
    given(options.to ?? name?.[3], "--to"),
  ];
  return {
    configuration: options.configuration,
    epoch: parseNumber(epoch, "--epoch", 1),
    from: parseDigest(from, "--from"),
    to: parseDigest(to, "--to"),
  };
}

function given(value: string | undefined, option: string): string {
  if (value !== undefined) return value;
  throw new CoauditError("USAGE", `${option} is missing, and the path of FILE does not end in EPOCH/FROM/TO`, {
    option,
  });
}

function parseDigest(text: string, option: string): Uint8Array {
  const digest = fromHex(text, option);
  if (digest.length === 32) return digest;
  throw new CoauditError("USAGE", `${option}: a digest has 64 hex digits, not ${text.length}`, { option });
}

async function openProof(file: string): Promise<AsyncIterable<Uint8Array>> {
  if (file === "-") return process.stdin;
  const { createReadStream } = await import("node:fs");
  return createReadStream(file);
}

function reportValid({ inserted, unchanged }: ProofSummary, ms: number, options: VerifyProofOptions): void {
  if (options.json) console.log(JSON.stringify({ valid: true, inserted, unchanged, ms }));
  else console.log(`valid: ${inserted} inserted, ${unchanged} unchanged, ${ms} ms`);
}

/** An unusable input says nothing about validity, so its JSON has no `valid`. */
function reportFailure(error: unknown, options: VerifyProofOptions, kind: "invalid" | "unusable"): void {
  const message = errorMessage(error);
  if (options.json) {
    const code = isCoauditError(error) ? error.code : "UNREADABLE";
    console.log(JSON.stringify(kind === "invalid" ? { valid: false, code, message } : { code, message }));
  } else if (kind === "invalid") console.log(`invalid: ${message}${isCoauditError(error) ? ` [${error.code}]` : ""}`);
  else console.error(`coaudit verify-proof: ${message}`);
}
