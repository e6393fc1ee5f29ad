/**
 * C2SP: the checkpoint of a key directory (tlog-checkpoint; with the epoch in place of the tree size), signed notes and
 * cosignature/v1 (tlog-cosignature). Byte for byte what the transparency-dev Go library produces (test/fixtures/c2sp).
 */
import { concat, equalBytes, fromBase64, readU64be, toBase64, toHex, u64be, utf8 } from "./bytes.ts";
import { CoauditError } from "./errors.ts";
import { sha256 } from "./hash.ts";
import { checkAuditorName, checkOrigin } from "./names.ts";
import { checkNumber, parseNumber } from "./numbers.ts";

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

export interface VerifierKey {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

/** `<name>+<key id>+<base64(04 || public key)>` */
export function formatVkey({ name, publicKey }: VerifierKey): string {
  return `${checkAuditorName(name)}+${toHex(keyId(name, publicKey))}+${toBase64(concat(Uint8Array.of(COSIGNATURE_V1), publicKey))}`;
}

/** Throws VKEY_INVALID saying what is wrong: the parts, the type, the size, or a key id that does not match. */
export function parseVkey(text: string): VerifierKey {
  const parts = text.split("+");
  const [name = "", id = ""] = parts;
  // Base64 itself may hold a `+`.
  const encoded = parts.slice(2).join("+");
  const fail = (reason: string, cause?: unknown): CoauditError<"VKEY_INVALID"> =>
    new CoauditError(
      "VKEY_INVALID",
      `"${text}" is not a cosignature vkey: ${reason}`,
      { value: text, reason },
      { cause },
    );
  if (parts.length < 3) throw fail("expected <name>+<key id>+<base64 key>, as `coaudit init` prints it");
  let key: Uint8Array;
  try {
    checkAuditorName(name);
    key = fromBase64(encoded, "the key");
  } catch (cause) {
    throw fail(cause instanceof Error ? cause.message : "unreadable", cause);
  }
  if (key[0] !== COSIGNATURE_V1) throw fail(`the key type is ${key[0]}, expected 4 (cosignature/v1)`);
  if (key.length !== 33) throw fail(`the key has ${key.length - 1} bytes, expected 32`);
  const publicKey = key.slice(1);
  if (toHex(keyId(name, publicKey)) !== id) throw fail("the key id does not belong to this name and key");
  return { name, publicKey };
}

/** The first four bytes of SHA-256(name || "\n" || 04 || public key). */
export function keyId(name: string, publicKey: Uint8Array): Uint8Array {
  return sha256(utf8(`${name}\n`), Uint8Array.of(COSIGNATURE_V1), publicKey).slice(0, 4);
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

/** At most this many signature lines are read; a roster has tens. */
const MAX_NOTE_SIGNATURES = 256;

/** Lines that are not cosignatures (other key types have other sizes) are left out. Throws ENCODING_INVALID. */
export function parseSignedNote(note: string): { checkpoint: Checkpoint; signatures: NoteSignature[] } {
  const split = note.indexOf("\n\n");
  if (split < 0) throw invalid("signed note", "no empty line between text and signatures");
  const checkpoint = parseCheckpointBody(note.slice(0, split + 1));
  const lines = note.slice(split + 2).split("\n");
  if (lines.pop() !== "") throw invalid("signed note", "the last line has no line feed");
  if (lines.length > MAX_NOTE_SIGNATURES) throw invalid("signed note", `more than ${MAX_NOTE_SIGNATURES} signatures`);
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const match = /^— (\S+) (\S+)$/.exec(line);
    if (match === null) throw invalid("signed note", "a signature line is malformed");
    const [, name = "", encoded = ""] = match;
    const blob = fromBase64(encoded, "note signature");
    if (blob.length !== 4 + 8 + 64) continue;
    signatures.push({
      name: checkAuditorName(name),
      keyId: blob.slice(0, 4),
      timeSeconds: readU64be(blob, 4, "cosignature time"),
      signature: blob.slice(12),
    });
  }
  return { checkpoint, signatures };
}

/** True when the line claims to be made by this key. */
export function isSignedBy(line: NoteSignature, key: VerifierKey): boolean {
  return line.name === key.name && equalBytes(line.keyId, keyId(key.name, key.publicKey));
}

function invalid(what: string, reason: string): CoauditError<"ENCODING_INVALID"> {
  return new CoauditError("ENCODING_INVALID", `${what}: ${reason}`, { what });
}
