import type { ConfigurationName } from "../../akd/configuration.ts";
import { isKeyProofError, type KeyRequest, type KeyVersion } from "../../akd/keys/key-check.ts";
import { MAX_KEY_PROOF_BYTES } from "../../akd/keys/key-proofs.ts";
import { type HistoryExtent, verifyHistoryProof } from "../../akd/keys/verify-history.ts";
import { verifyLookupProof } from "../../akd/keys/verify-lookup.ts";
import { MAX_EPOCHS_BEHIND } from "../../client/keys/quorum-stand.ts";
import type { LookupResult } from "../../client/results.ts";
import { fromHex, toHex, utf8 } from "../../core/bytes.ts";
import { CoauditError, errorMessage } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { namespaceOf, type QuestionFlags, questionOf } from "../reader/question.ts";
import { type Asked, quorumText } from "../reader/quorum-text.ts";
import { RESULT_EXITS } from "../reader/result-exits.ts";
import { counted, printable } from "../text.ts";

export interface VerifyKeyFlags extends Omit<QuestionFlags, "maxAge"> {
  readonly configuration: ConfigurationName;
  readonly vrfKey: string;
  readonly label?: string;
  readonly labelHex?: string;
  readonly epoch: string;
  readonly root?: string;
  readonly namespace?: string;
  readonly json?: true;
}

export interface VerifyHistoryFlags extends VerifyKeyFlags {
  readonly params: string;
}

/** Sets the exit code. Throws USAGE, NUMBER_OUT_OF_RANGE, ENCODING_INVALID, VRF_KEY_INVALID, NODE_UNREACHABLE. */
export async function verifyLookupFile(file: string, flags: VerifyKeyFlags, context: CliContext): Promise<void> {
  await verifyKeyFile(file, flags, context, (request, proof) => {
    const version = verifyLookupProof(request, proof);
    return { json: versionJson(version), text: [versionText(version), "", ...LOOKUP_ALONE] };
  });
}

/** As verifyLookupFile. */
export async function verifyHistoryFile(file: string, flags: VerifyHistoryFlags, context: CliContext): Promise<void> {
  const extent = extentOf(flags.params);
  await verifyKeyFile(file, flags, context, (request, proof) => {
    const versions = verifyHistoryProof(request, proof, { extent, tombstones: "accept" });
    return {
      json: { versions: versions.map(versionJson) },
      text: [`${counted(versions.length, "version")}, newest first`, ...versions.map(versionText)],
    };
  });
}

const LOOKUP_ALONE = [
  "A lookup alone does not show that this is the newest version, nor one that its owner knows of.",
  "A history of the most recent version does: coaudit verify history --params most-recent:1",
];

interface Finding {
  readonly json: object;
  readonly text: readonly string[];
}

async function verifyKeyFile(
  file: string,
  flags: VerifyKeyFlags,
  context: CliContext,
  verify: (request: KeyRequest, proof: Uint8Array) => Finding,
): Promise<void> {
  const question = {
    configuration: flags.configuration,
    vrfKey: hexOption(flags.vrfKey, "--vrf-key", 32),
    label: labelOf(flags),
    epoch: parseNumber(flags.epoch, "--epoch", 1),
  };
  const proof = await readProof(file);
  const trusted = await trustedDigest(flags, question.epoch, context);
  if (trusted === undefined) return;
  try {
    const { json, text } = verify({ ...question, digest: trusted.digest }, proof);
    context.out(
      flags.json === true
        ? JSON.stringify({ valid: true, ...json, ...trusted.json })
        : ["valid", ...text, ...trusted.text].join("\n"),
    );
    context.exitCode = trusted.isOutdated ? EXIT.no : EXIT.yes;
  } catch (error) {
    if (!isKeyProofError(error)) throw error;
    const { code, message } = error;
    context.out(
      flags.json === true
        ? JSON.stringify({ valid: false, code, message })
        : `not valid: ${printable(message)} (${code})`,
    );
    context.exitCode = EXIT.no;
  }
}

interface TrustedDigest {
  readonly digest: Uint8Array;
  /** The quorum's newest epoch is too far above the answer's; a digest given by hand has no such bound. */
  readonly isOutdated: boolean;
  readonly json: object;
  readonly text: readonly string[];
}

/** The digest given, or the quorum's; undefined where there is no quorum, which has then been said. */
async function trustedDigest(
  flags: VerifyKeyFlags,
  epoch: number,
  context: CliContext,
): Promise<TrustedDigest | undefined> {
  const { root, node, namespace } = flags;
  if (root !== undefined && node !== undefined)
    throw usage("--root", "give the digest that you trust, or the nodes to ask for it, not both");
  if (root !== undefined) return { digest: hexOption(root, "--root", 32), isOutdated: false, json: {}, text: [] };
  if (node === undefined) throw usage("--root", "give it, or --node, --namespace and --policy to ask a quorum for it");
  if (namespace === undefined) throw usage("--namespace", "say what to ask the nodes about");
  const question = await questionOf(flags, { namespace: namespaceOf(namespace), epoch });
  const found = await question.client.at(namespaceOf(namespace), epoch);
  if (found.result === "satisfied") {
    const { head, signers } = found;
    const names = signers.map(({ auditor }) => auditor);
    // Without the newest epoch nothing shows that the answer is not an old one.
    const newest = await question.client.latest(namespaceOf(namespace));
    if (newest.result !== "satisfied") {
      sayNoQuorum(newest, { ...question, namespace, epoch: "latest" }, flags, context);
      return undefined;
    }
    const newestEpoch = newest.head.epoch;
    const isOutdated = newestEpoch - epoch > MAX_EPOCHS_BEHIND;
    return {
      digest: fromHex(head.digest, "digest"),
      isOutdated,
      json: { digest: head.digest, signers: names, newestEpoch, ...(isOutdated ? { outdated: true } : {}) },
      text: [
        "",
        `epoch ${epoch} is signed by ${printable(names.join(", "))}`,
        ...(isOutdated ? [`OUTDATED: the quorum's newest epoch is ${newestEpoch}; ask the directory again`] : []),
      ],
    };
  }
  sayNoQuorum(found, { ...question, namespace, epoch }, flags, context);
  return undefined;
}

/** Sets the exit code. Throws NODE_UNREACHABLE when no answer was usable. */
function sayNoQuorum(
  found: LookupResult,
  question: Omit<Asked, "found">,
  { node, json }: VerifyKeyFlags,
  context: CliContext,
): void {
  const { result, explanation } = found;
  if (result === "no-answer") {
    throw new CoauditError("NODE_UNREACHABLE", explanation, { url: (node ?? []).join(" ") });
  }
  context.out(
    json === true
      ? JSON.stringify({ valid: false, quorum: result, message: explanation })
      : quorumText({ ...question, found }, context),
  );
  context.exitCode = RESULT_EXITS[result];
}

function labelOf({ label, labelHex }: VerifyKeyFlags): Uint8Array {
  if ((label === undefined) === (labelHex === undefined)) {
    throw usage("--label", "give the label as text (--label) or in hex (--label-hex), one of the two");
  }
  const bytes = label === undefined ? fromHex(labelHex ?? "", "--label-hex") : utf8(label);
  if (bytes.length === 0) throw usage("--label", "the label is empty");
  return bytes;
}

/** Throws USAGE and NUMBER_OUT_OF_RANGE. */
function extentOf(text: string): HistoryExtent {
  if (text === "complete") return { kind: "complete" };
  const count = /^most-recent:(.*)$/.exec(text)?.[1];
  if (count === undefined) throw usage("--params", `"${text}" is neither complete nor most-recent:N`);
  return { kind: "most-recent", count: parseNumber(count, "--params most-recent:", 1) };
}

function hexOption(text: string, option: string, sizeBytes: number): Uint8Array {
  const bytes = fromHex(text, option);
  if (bytes.length === sizeBytes) return bytes;
  throw usage(option, `expected ${2 * sizeBytes} hex digits, not ${text.length}`);
}

/** One byte more than a proof may have, so that a larger one is refused as such. */
async function readProof(file: string): Promise<Uint8Array> {
  const { createReadStream } = await import("node:fs");
  const stream: AsyncIterable<Uint8Array> =
    file === "-" ? process.stdin : createReadStream(file, { end: MAX_KEY_PROOF_BYTES });
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_KEY_PROOF_BYTES) break;
    }
  } catch (cause) {
    throw new CoauditError("USAGE", errorMessage(cause), {}, { cause });
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function versionJson({ version, epoch, value, isTombstone }: KeyVersion): object {
  return { version, epoch, value: toHex(value), ...(isTombstone ? { tombstone: true } : {}) };
}

function versionText({ version, epoch, value, isTombstone }: KeyVersion): string {
  return `version ${version}, published in epoch ${epoch}: ${isTombstone ? "a tombstone, its value was removed" : toHex(value)}`;
}

function usage(option: string, reason: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", `${option}: ${reason}`, { option });
}
