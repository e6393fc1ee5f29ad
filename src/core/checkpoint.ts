/**
 * C2SP: the checkpoint of a key directory (tlog-checkpoint; with the epoch in place of the tree size), signed notes and
 * cosignature/v1 (tlog-cosignature). Byte for byte what the transparency-dev Go library produces (test/fixtures/c2sp).
 */
import { concat, equalBytes, fromBase64, readU64be, toBase64, u64be, utf8 } from "./bytes.ts";
import { CoauditError } from "./errors.ts";
import { checkAuditorName, checkOrigin } from "./names.ts";
import { checkNumber, parseNumber } from "./numbers.ts";
import { formatNoteKey, type NoteKey, noteKeyId, parseNote, parseTypedKey } from "./signed-note.ts";

/** The key type of cosignature/v1 in a vkey and in a key id. */
const COSIGNATURE_V1 = 0x04;

export interface Checkpoint {
  readonly origin: string;
  readonly epoch: number;
  readonly digest: Uint8Array;
}

/** `<origin>\n<epoch>\n<base64 digest>\n` */
export function checkpointBody({ origin, epoch, digest }: Checkpoint): string {
  return `${checkOrigin(origin)}\n${checkNumber(epoch, "epoch")}\n${toBase64(digest)}\n`;
}

/** Strict; extension lines are refused. Throws ENCODING_INVALID, NUMBER_OUT_OF_RANGE, NAME_INVALID. */
export function parseCheckpointBody(body: string): Checkpoint {
  const lines = body.split("\n");
  const [origin = "", epoch = "", digestText = ""] = lines;
  if (lines.length !== 4 || lines[3] !== "")
    throw invalid("checkpoint", "expected exactly three lines, each with a line feed");
  const digest = fromBase64(digestText, "checkpoint digest");
  if (digest.length !== 32) throw invalid("checkpoint", `the digest has ${digest.length} bytes, expected 32`);
  return { origin: checkOrigin(origin), epoch: parseNumber(epoch, "epoch"), digest };
}

/** What a cosignature/v1 signs; `timeSeconds` is unix time. */
export function cosignedMessage(checkpoint: Checkpoint, timeSeconds: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${checkNumber(timeSeconds, "time")}\n${checkpointBody(checkpoint)}`);
}

export type VerifierKey = NoteKey;

/** `<name>+<key id>+<base64(04 || public key)>` */
export function formatVkey(key: VerifierKey): string {
  return formatNoteKey(key, COSIGNATURE_V1);
}

/** Throws VKEY_INVALID saying what is wrong: the parts, the type, the size, or a key id that does not match. */
export function parseVkey(text: string): VerifierKey {
  return parseTypedKey(text, { type: COSIGNATURE_V1, called: "cosignature", maker: "coaudit init" });
}

/** The first four bytes of SHA-256(name || "\n" || 04 || public key). */
export function keyId(name: string, publicKey: Uint8Array): Uint8Array {
  return noteKeyId(name, COSIGNATURE_V1, publicKey);
}

export interface Cosignature extends VerifierKey {
  readonly timeSeconds: number;
  readonly signature: Uint8Array;
}

/** A signed note: the checkpoint body, an empty line, one line per cosignature. */
export function formatSignedNote(checkpoint: Checkpoint, cosignatures: readonly Cosignature[]): string {
  const lines = cosignatures.map(({ name, publicKey, timeSeconds, signature }) => {
    const blob = concat(keyId(name, publicKey), u64be(timeSeconds), signature);
    return `— ${checkAuditorName(name)} ${toBase64(blob)}\n`;
  });
  return `${checkpointBody(checkpoint)}\n${lines.join("")}`;
}

/** A signature line of a note: who claims to have signed, with which key id, when. Nothing is verified here. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly timeSeconds: number;
  readonly signature: Uint8Array;
}

/** Lines that are not cosignatures (other key types have other sizes) are left out. Throws ENCODING_INVALID. */
export function parseSignedNote(note: string): { checkpoint: Checkpoint; signatures: NoteSignature[] } {
  const { text, lines } = parseNote(note);
  const cosignatures = lines.filter(({ signature }) => signature.length === 8 + 64);
  return {
    checkpoint: parseCheckpointBody(text),
    signatures: cosignatures.map(({ name, keyId: id, signature: blob }) => ({
      name,
      keyId: id,
      timeSeconds: readU64be(blob, 0, "cosignature time"),
      signature: blob.slice(8),
    })),
  };
}

/** True when the line claims to be made by this key. */
export function isSignedBy(line: NoteSignature, key: VerifierKey): boolean {
  return line.name === key.name && equalBytes(line.keyId, keyId(key.name, key.publicKey));
}

function invalid(what: string, reason: string): CoauditError<"ENCODING_INVALID"> {
  return new CoauditError("ENCODING_INVALID", `${what}: ${reason}`, { what });
}
