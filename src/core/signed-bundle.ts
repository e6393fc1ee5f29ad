/** A policy bundle under the signatures of those whom an app pins. */
import { toHex } from "./bytes.ts";
import { counted } from "./counted.ts";
import type { SignatureVerifier } from "./ed25519.ts";
import { CoauditError } from "./errors.ts";
import { isAuditorsKey, type PolicyBundle, parseBundle } from "./policy-bundle.ts";
import { type NoteKey, parseNote, signersOfNote } from "./signed-note.ts";

/** What an app is built with; only a new version of the app changes it. */
export interface BundleSigners {
  readonly app: string;
  readonly keys: readonly NoteKey[];
  /** How many of the keys must have signed. */
  readonly threshold: number;
}

export interface SignedBundle {
  readonly bundle: PolicyBundle;
  /** What was signed: two of one version with different texts contradict each other. */
  readonly text: string;
  /** With its signatures, to keep and to pass on. */
  readonly note: string;
  /** Names of the keys that signed. */
  readonly signers: readonly string[];
}

/**
 * Throws BUNDLE_INVALID for a bundle that is damaged, of another app, or signed by too few, and for signers as
 * checkSigners refuses them; ENCODING_INVALID.
 */
export async function openBundle(
  note: string,
  pinned: BundleSigners,
  modules: { readonly verifier: SignatureVerifier },
): Promise<SignedBundle> {
  checkSigners(pinned);
  const { app, keys, threshold } = pinned;
  const parsed = parseNote(note);
  const { text } = parsed;
  const signed = await signersOfNote(parsed, keys, modules);
  if (signed.length < threshold) {
    throw invalid(`${signed.length} of the app's ${keys.length} keys signed it, ${threshold} are needed`);
  }
  const bundle = parseBundle(text);
  if (bundle.app !== app) throw invalid(`it is for ${bundle.app}, not ${app}`);
  const auditors = keys.find(({ publicKey }) => isAuditorsKey(bundle, publicKey));
  if (auditors !== undefined) throw invalid(`the key ${auditors.name} signs bundles and is an auditor's`);
  return { bundle, text, note, signers: signed.map(({ name }) => name) };
}

/** Throws BUNDLE_INVALID: two pins of one key would let it sign twice. */
export function checkSigners({ keys, threshold }: BundleSigners): void {
  const distinct = new Set(keys.map(({ publicKey }) => toHex(publicKey)));
  if (distinct.size !== keys.length) throw invalid("a signer's key is given twice");
  if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > keys.length) {
    throw invalid(
      `${threshold} signatures of ${counted(keys.length, "key")} cannot be asked for: give a whole number from 1 to ${keys.length}`,
    );
  }
}

function invalid(reason: string): CoauditError<"BUNDLE_INVALID"> {
  return new CoauditError("BUNDLE_INVALID", `policy bundle: ${reason}`, { line: 0, reason });
}
