/** Signatures over one head, in any format in which heads travel. */
import { fromBase64, toHex } from "../../core/bytes.ts";
import { cosignedMessage, isSignedBy, parseSignedNote } from "../../core/checkpoint.ts";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import type { Assumptions } from "../../core/evidence.ts";
import { verifyHead } from "../../core/head.ts";
import { encodePlexiMessage, type PlexiSignatureResponse, parsePlexiSignatureResponse } from "../../core/plexi.ts";
import type { Roster } from "../../core/roster.ts";
import { decodeStatement } from "../../core/statement-codec.ts";
import { NativeVerifier } from "../../platform/native-ed25519.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { colorsOf, table } from "../table.ts";
import { printable, timeText } from "../text.ts";
import { refuseOtherKinds } from "./file-kind.ts";
import { assumptionsOf, type ReaderFlags } from "./reader-flags.ts";

interface ReadSignature {
  /** Undefined for a key that the reader does not know. */
  readonly auditor: string | undefined;
  readonly what: "signed head" | "late head" | "half head" | "cosignature" | "Plexi signature";
  readonly timestampMs: number;
  readonly valid: boolean;
}

interface HeadFile {
  /** The namespace, or the origin where the file knows no namespace. */
  readonly of: string;
  readonly epoch: number;
  readonly digest: string;
  readonly signatures: readonly ReadSignature[];
}

const verifier: NativeVerifier = new NativeVerifier();

/** Sets the exit code: yes if at least one known auditor signed and no known auditor's signature is invalid. */
export async function verifyHeadFile(
  text: string,
  flags: ReaderFlags & { readonly json?: true },
  context: CliContext,
): Promise<void> {
  const assumptions = await assumptionsOf(flags);
  refuseOtherKinds(text, "head");
  let file: HeadFile;
  try {
    file = await readHeadFile(text.trimStart(), assumptions);
  } catch (error) {
    if (!isCoauditError(error)) throw error;
    const { code, message } = error;
    context.out(
      flags.json === true ? JSON.stringify({ valid: false, code, message }) : `not valid: ${printable(message)}`,
    );
    context.exitCode = EXIT.no;
    return;
  }
  const known = file.signatures.filter(({ auditor }) => auditor !== undefined);
  const valid = known.length > 0 && known.every((one) => one.valid);
  context.out(flags.json === true ? JSON.stringify({ valid, ...file }) : headText(file, valid, context));
  context.exitCode = valid ? EXIT.yes : EXIT.no;
}

function headText({ of, epoch, digest, signatures }: HeadFile, valid: boolean, context: CliContext): string {
  const rows = signatures.map(({ auditor, what, timestampMs, valid: isValid }) => [
    printable(auditor ?? "unknown key"),
    timeText(timestampMs),
    what,
    auditor === undefined ? "not checked" : isValid ? "valid" : "invalid",
  ]);
  const colors = colorsOf(context);
  return [
    `${printable(of)} epoch ${epoch}`,
    `digest ${digest}`,
    "",
    table(["auditor", "signed", "", ""], rows, colors),
    "",
    valid
      ? `${colors.green("valid")}: a head shows what its auditors saw; only a certificate shows that they are enough`
      : colors.red("not valid"),
  ].join("\n");
}

function readHeadFile(text: string, assumptions: Assumptions): Promise<HeadFile> {
  if (text.startsWith("{")) return readPlexi(text, assumptions.roster);
  return text.includes("\n\n") ? readNote(text, assumptions.roster) : readStatement(text.trim(), assumptions.roster);
}

async function readStatement(text: string, roster: Roster): Promise<HeadFile> {
  const head = decodeStatement(fromBase64(text, "statement"));
  if (head.type !== "signed-head" && head.type !== "half-head") throw invalid(`it is a statement of type ${head.type}`);
  const isHalf = head.type === "half-head";
  const what = isHalf ? "half head" : head.cosignature === undefined ? "late head" : "signed head";
  const timestampMs = isHalf ? head.timeSeconds * 1000 : head.timestampMs;
  const auditor = roster.byKey(head.publicKey)?.auditor.name;
  const valid = await verifyHead(head, { verifier });
  const signatures: ReadSignature[] = [{ auditor, what, timestampMs, valid }];
  return { of: head.namespace, epoch: head.epoch, digest: toHex(head.digest), signatures };
}

async function readNote(text: string, roster: Roster): Promise<HeadFile> {
  const { checkpoint, signatures } = parseSignedNote(text);
  const read: ReadSignature[] = [];
  for (const line of signatures) {
    const { timeSeconds, signature, name } = line;
    const key = roster.byName(name)?.keys.find(({ publicKey }) => isSignedBy(line, { name, publicKey }));
    const valid =
      key !== undefined && (await verifier.verify(key.publicKey, cosignedMessage(checkpoint, timeSeconds), signature));
    const auditor = key === undefined ? undefined : name;
    read.push({ auditor, what: "cosignature", timestampMs: timeSeconds * 1000, valid });
  }
  return { of: checkpoint.origin, epoch: checkpoint.epoch, digest: toHex(checkpoint.digest), signatures: read };
}

/** The answer names a key by its last byte alone, so every key of the roster with that byte is tried. */
async function readPlexi(text: string, roster: Roster): Promise<HeadFile> {
  let response: PlexiSignatureResponse;
  try {
    response = JSON.parse(text) as PlexiSignatureResponse;
  } catch {
    throw invalid("it is not JSON");
  }
  const { message, signature } = parsePlexiSignatureResponse(response);
  const candidates = roster.auditors.flatMap(({ name, keys }) =>
    keys.filter(({ publicKey }) => publicKey.at(-1) === response.key_id).map(({ publicKey }) => ({ name, publicKey })),
  );
  let auditor: string | undefined;
  for (const { name, publicKey } of candidates) {
    if (await verifier.verify(publicKey, encodePlexiMessage(message), signature)) auditor = name;
  }
  const { namespace, epoch, digest, timestampMs } = message;
  const signatures: ReadSignature[] = [{ auditor, what: "Plexi signature", timestampMs, valid: auditor !== undefined }];
  return { of: namespace, epoch, digest: toHex(digest), signatures };
}

function invalid(reason: string): CoauditError<"ENCODING_INVALID"> {
  return new CoauditError("ENCODING_INVALID", `head: ${reason}`, { what: "head" });
}
