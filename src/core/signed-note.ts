/**
 * C2SP signed-note: a text and Ed25519 signatures below it. Key type 01 signs the text itself; checkpoints have a type
 * of their own (checkpoint.ts), so that no signature can be taken for another's. The private form is the one that Go's
 * sumdb/note reads and writes.
 */
import { concat, equalBytes, fromBase64, toBase64, toHex, utf8 } from "./bytes.ts";
import type { SignatureVerifier } from "./ed25519.ts";
import { CoauditError } from "./errors.ts";
import { sha256 } from "./hash.ts";
import { checkAuditorName } from "./names.ts";

/** Ed25519 over the text of the note. */
export const NOTE_KEY_TYPE = 0x01;
const MAX_NOTE_CHARACTERS = 1024 * 1024;
const MAX_NOTE_SIGNATURES = 256;
const PRIVATE_PREFIX = "PRIVATE+KEY+";

export interface NoteKey {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

/** One signature line of a note; nothing is verified here. */
export interface NoteLine {
  readonly name: string;
  readonly keyId: Uint8Array;
  /** What follows the key id, of a size that its type says. */
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** With the line feed at its end. */
  readonly text: string;
  readonly lines: readonly NoteLine[];
}

/** The first four bytes of SHA-256(name || "\n" || type || public key). */
export function noteKeyId(name: string, type: number, publicKey: Uint8Array): Uint8Array {
  return sha256(utf8(`${name}\n`), Uint8Array.of(type), publicKey).slice(0, 4);
}

/** `<name>+<key id>+<base64(type || public key)>` */
export function formatNoteKey({ name, publicKey }: NoteKey, type: number = NOTE_KEY_TYPE): string {
  const id = toHex(noteKeyId(name, type, publicKey));
  return `${checkAuditorName(name)}+${id}+${toBase64(concat(Uint8Array.of(type), publicKey))}`;
}

/** Throws VKEY_INVALID saying what is wrong: the parts, the type, the size, or a key id that does not match. */
export function parseNoteKey(text: string): NoteKey {
  return parseTypedKey(text, { type: NOTE_KEY_TYPE, called: "signer", maker: "coaudit policy key" });
}

export interface KeyKind {
  readonly type: number;
  /** For messages: `signer`. */
  readonly called: string;
  /** The command that prints one. */
  readonly maker: string;
}

/** Throws VKEY_INVALID. */
export function parseTypedKey(text: string, { type, called, maker }: KeyKind): NoteKey {
  const fail = (reason: string, cause?: unknown): CoauditError<"VKEY_INVALID"> =>
    new CoauditError(
      "VKEY_INVALID",
      `"${text}" is not a ${called} vkey: ${reason}`,
      { value: text, reason },
      { cause },
    );
  if (typeof text !== "string") throw fail("it is not a text");
  const [name = "", id = "", ...rest] = text.split("+");
  if (rest.length === 0) throw fail(`expected <name>+<key id>+<base64 key>, as \`${maker}\` prints it`);
  let key: Uint8Array;
  try {
    checkAuditorName(name);
    // Base64 itself may hold a `+`.
    key = fromBase64(rest.join("+"), "the key");
  } catch (cause) {
    throw fail(cause instanceof Error ? cause.message : "unreadable", cause);
  }
  if (key[0] !== type) throw fail(`the key type is ${key[0]}, expected ${type}`);
  if (key.length !== 33) throw fail(`the key has ${key.length - 1} bytes, expected 32`);
  const publicKey = key.slice(1);
  if (toHex(noteKeyId(name, type, publicKey)) !== id) throw fail("the key id does not belong to this name and key");
  return { name, publicKey };
}

/** `PRIVATE+KEY+<name>+<key id>+<base64(01 || seed)>` */
export function formatPrivateKey({ name, publicKey }: NoteKey, seed: Uint8Array): string {
  const id = toHex(noteKeyId(name, NOTE_KEY_TYPE, publicKey));
  return `${PRIVATE_PREFIX}${checkAuditorName(name)}+${id}+${toBase64(concat(Uint8Array.of(NOTE_KEY_TYPE), seed))}`;
}

/** The name, the key id in hex and the 32-byte seed. Throws KEY_INVALID; no part of the key is in the message. */
export function parsePrivateKey(text: string): {
  readonly name: string;
  readonly id: string;
  readonly seed: Uint8Array;
} {
  const fail = (reason: string): CoauditError<"KEY_INVALID"> =>
    new CoauditError("KEY_INVALID", `not a signer's private key: ${reason}`, { reason });
  if (!text.startsWith(PRIVATE_PREFIX)) throw fail(`it does not begin with ${PRIVATE_PREFIX}`);
  const [name = "", id = "", ...rest] = text.slice(PRIVATE_PREFIX.length).split("+");
  let key: Uint8Array;
  try {
    checkAuditorName(name);
    key = fromBase64(rest.join("+"), "the key");
  } catch {
    throw fail("it is damaged");
  }
  if (key[0] !== NOTE_KEY_TYPE || key.length !== 33) throw fail("it is of another type than 01, Ed25519");
  return { name, id, seed: key.slice(1) };
}

/** Throws ENCODING_INVALID. */
export function parseNote(note: string): SignedNote {
  if (typeof note !== "string") throw invalid("it is not a text");
  if (note.length > MAX_NOTE_CHARACTERS) throw invalid(`it is longer than ${MAX_NOTE_CHARACTERS} characters`);
  for (let i = 0; i < note.length; i++) {
    if (note.charCodeAt(i) < 0x20 && note[i] !== "\n") throw invalid("a control character other than a line feed");
  }
  const split = note.lastIndexOf("\n\n");
  if (split < 0) throw invalid("there is no empty line between text and signatures");
  const lines = note.slice(split + 2).split("\n");
  if (lines.pop() !== "") throw invalid("the last line has no line feed");
  if (lines.length > MAX_NOTE_SIGNATURES) throw invalid(`more than ${MAX_NOTE_SIGNATURES} signatures`);
  return { text: note.slice(0, split + 1), lines: lines.map(noteLine) };
}

/** Whoever has a name that no auditor may have is a stranger: its line is read and not looked at. */
function noteLine(line: string): NoteLine {
  const match = /^— (\S+) (\S+)$/.exec(line);
  if (match === null) throw invalid("a signature line is malformed");
  const [, name = "", encoded = ""] = match;
  const blob = fromBase64(encoded, "note signature");
  return { name, keyId: blob.slice(0, 4), signature: blob.slice(4) };
}

/** The text with one more signature line. */
export function withSignature({ text, lines }: SignedNote, key: NoteKey, signature: Uint8Array): string {
  const keyId = noteKeyId(key.name, NOTE_KEY_TYPE, key.publicKey);
  const all = [...lines.filter((line) => !isBy(line, key)), { name: key.name, keyId, signature }];
  const written = all.map((one) => `— ${one.name} ${toBase64(concat(one.keyId, one.signature))}\n`);
  return `${text}\n${written.join("")}`;
}

/** Those of these keys that signed the text. */
export async function signersOfNote(
  { text, lines }: SignedNote,
  keys: readonly NoteKey[],
  { verifier }: { readonly verifier: SignatureVerifier },
): Promise<NoteKey[]> {
  const message = utf8(text);
  const signers: NoteKey[] = [];
  for (const key of keys) {
    for (const line of lines.filter((one) => isBy(one, key))) {
      if (!(await verifier.verify(key.publicKey, message, line.signature))) continue;
      signers.push(key);
      break;
    }
  }
  return signers;
}

function isBy(line: NoteLine, { name, publicKey }: NoteKey): boolean {
  return line.name === name && equalBytes(line.keyId, noteKeyId(name, NOTE_KEY_TYPE, publicKey));
}

function invalid(reason: string): CoauditError<"ENCODING_INVALID"> {
  return new CoauditError("ENCODING_INVALID", `signed note: ${reason}`, { what: "signed note" });
}
