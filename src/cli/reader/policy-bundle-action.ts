/**
 * What `coaudit policy key`, `bundle`, `sign` and `verify` do: the list of auditors of an app, signed by its makers.
 */
import { fromHex, toHex, utf8 } from "../../core/bytes.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import { checkAuditorName, checkNamespace } from "../../core/names.ts";
import { parseNumber } from "../../core/numbers.ts";
import { formatBundle, parseBundle, rosterOfBundle } from "../../core/policy-bundle.ts";
import { checkSigners, openBundle, type SignedBundle } from "../../core/signed-bundle.ts";
import {
  formatNoteKey,
  formatPrivateKey,
  NOTE_KEY_TYPE,
  noteKeyId,
  parseNote,
  parseNoteKey,
  parsePrivateKey,
  withSignature,
} from "../../core/signed-note.ts";
import { readSecretFile, writeSecretFile } from "../../node/config/key-file.ts";
import { ed25519KeyFromSeed, NativeVerifier } from "../../platform/native-ed25519.ts";
import { systemClock, systemRandom } from "../../platform/system.ts";
import { readTextFile } from "../../platform/text-file.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { colorsOf } from "../table.ts";
import { printable, timeText } from "../text.ts";
import { fingerprint } from "./policy-new-action.ts";
import { assumptionsOf, type ReaderFlags } from "./reader-flags.ts";
import { writeResult } from "./write-result.ts";

/** Prints the vkey. Throws NAME_INVALID, KEY_FILE_EXISTS. */
export async function makeSignerKey(name: string, flags: { readonly out: string }, context: CliContext): Promise<void> {
  checkAuditorName(name);
  const seed = systemRandom.bytes(32);
  const key = { name, publicKey: ed25519KeyFromSeed(seed).publicKey };
  await writeSecretFile(flags.out, `${formatPrivateKey(key, seed)}\n`);
  context.out(formatNoteKey(key));
}

export interface PolicyBundleFlags extends ReaderFlags {
  readonly app: string;
  readonly number: string;
  readonly expires: string;
  readonly policy: string;
  readonly vrf?: readonly string[];
  readonly out?: string;
}

/** Throws what assumptionsOf throws, USAGE, BUNDLE_INVALID. */
export async function makeBundle(flags: PolicyBundleFlags, context: CliContext): Promise<void> {
  const { policy, roster, faultBound, origins, settlements = [] } = await assumptionsOf(flags);
  if (policy === undefined) throw usage("--policy", "name the policy of the app");
  const text = formatBundle({
    app: checkAuditorName(flags.app),
    version: parseNumber(flags.number, "--number", 1),
    issuedMs: Math.floor(systemClock.now() / 1000) * 1000,
    expiresMs: dayOf(flags.expires),
    ...{ policy, origins, settlements },
    // Without a file of its own, the roster is what the policy says.
    ...(flags.roster === undefined && flags.config === undefined ? {} : { auditors: roster.auditors }),
    ...(flags.faultBound === undefined || faultBound === undefined ? {} : { faultBound }),
    vrfKeys: new Map((flags.vrf ?? []).map(vrfKeyOf)),
  });
  await writeResult(text, flags.out, context);
}

export interface PolicySignFlags {
  readonly key: readonly string[];
  readonly out?: string;
}

/** Throws BUNDLE_INVALID, ENCODING_INVALID, KEY_INVALID, KEY_FILE_UNREADABLE, KEY_FILE_EXPOSED. */
export async function signBundle(file: string, flags: PolicySignFlags, context: CliContext): Promise<void> {
  const given = await readTextFile(file);
  let note = given.includes("\n\n") ? given : `${given}\n`;
  const { text } = parseNote(note);
  const { app, version } = named(file, () => parseBundle(text));
  for (const keyFile of flags.key) {
    const { name, id, seed } = parsePrivateKey((await readSecretFile(keyFile, "coaudit policy key")).trim());
    const { publicKey, sign } = ed25519KeyFromSeed(seed);
    if (toHex(noteKeyId(name, NOTE_KEY_TYPE, publicKey)) !== id) {
      throw new CoauditError("KEY_INVALID", `${keyFile}: the key id is not of this name and key`, { reason: "key id" });
    }
    note = withSignature(parseNote(note), { name, publicKey }, sign(utf8(text)));
  }
  await writeResult(note, flags.out, context);
  if (flags.out !== undefined) context.out(`${flags.out}: version ${version} for ${printable(app)}`);
}

export interface PolicyVerifyFlags {
  readonly app: string;
  readonly signer: readonly string[];
  readonly threshold?: string;
  readonly json?: true;
}

/**
 * Sets the exit code. Throws CONFIG_UNREADABLE, VKEY_INVALID, NUMBER_OUT_OF_RANGE; BUNDLE_INVALID for a key given
 * twice.
 */
export async function verifyBundle(file: string, flags: PolicyVerifyFlags, context: CliContext): Promise<void> {
  const keys = flags.signer.map(parseNoteKey);
  const threshold =
    flags.threshold === undefined ? keys.length : parseNumber(flags.threshold, "--threshold", 1, keys.length);
  const pinned = { app: flags.app, keys, threshold };
  checkSigners(pinned);
  const note = await readTextFile(file);
  try {
    const signed = await openBundle(note, pinned, { verifier: new NativeVerifier() });
    context.out(flags.json === true ? JSON.stringify(bundleJson(signed)) : bundleText(signed, context));
    context.exitCode = EXIT.yes;
  } catch (error) {
    if (!isCoauditError(error, "BUNDLE_INVALID", "ENCODING_INVALID")) throw error;
    const { code, message } = error;
    context.out(
      flags.json === true ? JSON.stringify({ valid: false, code, message }) : `not valid: ${printable(message)}`,
    );
    context.exitCode = EXIT.no;
  }
}

function bundleJson({ bundle, signers }: SignedBundle): object {
  const { app, version, issuedMs, expiresMs } = bundle;
  const isExpired = systemClock.now() >= expiresMs;
  return { valid: true, app, version, issuedMs, expiresMs, isExpired, signers, auditors: rosterOfBundle(bundle).names };
}

function bundleText({ bundle, signers }: SignedBundle, context: CliContext): string {
  const { app, version, issuedMs, expiresMs, origins } = bundle;
  const colors = colorsOf(context);
  const isExpired = systemClock.now() >= expiresMs;
  return [
    `${printable(app)}, version ${version}`,
    `issued   ${timeText(issuedMs)}`,
    `expires  ${timeText(expiresMs)}${isExpired ? colors.yellow("  out of date") : ""}`,
    `signed by ${signers.map((name) => printable(name)).join(", ")}`,
    "",
    ...rosterOfBundle(bundle).auditors.flatMap(({ name, keys }) =>
      keys.map(({ publicKey }) => `${printable(name)}  ${fingerprint({ name, publicKey })}`),
    ),
    ...[...origins].map(([namespace, origin]) => `${namespace}  ${origin}`),
    "",
    colors.green("valid"),
  ].join("\n");
}

function vrfKeyOf(text: string): [string, Uint8Array] {
  const [namespace = "", hex = ""] = text.split("=");
  const key = fromHex(hex, "--vrf");
  if (key.length !== 32) throw usage("--vrf", `"${text}" is not NAMESPACE=KEY, 64 hexadecimal digits`);
  return [checkNamespace(namespace), key];
}

function dayOf(text: string): number {
  const ms = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw usage("--expires", `"${text}" is not a day such as 2027-01-31`);
  return ms;
}

/** An error in a file names it. */
function named<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isCoauditError(error, "BUNDLE_INVALID")) throw error;
    throw new CoauditError("BUNDLE_INVALID", `${file}: ${errorMessage(error)}`, error.metadata, { cause: error });
  }
}

function usage(option: string, reason: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", `${option}: ${reason}`, { option });
}
