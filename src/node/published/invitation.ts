/** A published record as one line, to send by mail: an invitation to audit with its maker. */
import { fromBase64, toBase64, toHex, utf8 } from "../../core/bytes.ts";
import type { SignatureVerifier } from "../../core/ed25519.ts";
import { sha256 } from "../../core/hash.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import {
  MAX_PUBLISHED_CHARACTERS,
  openPublished,
  type Published,
  type PublishedDocument,
  recordInvalid,
} from "./published.ts";

const PREFIX = "coaudit-invite-1.";

export interface Invitation extends Published {
  /** To be read to each other: SHA-256 of all that it says. */
  readonly checksum: string;
}

export function invitationLine(document: PublishedDocument): string {
  return PREFIX + toBase64(utf8(JSON.stringify(document)));
}

export function isInvitationLine(text: string): boolean {
  return text.startsWith("coaudit-invite-");
}

/** The line, or the JSON that a node publishes. `source`: what errors call it. Throws RECORD_INVALID. */
export async function openInvitation(
  text: string,
  source: string,
  modules: { readonly verifier: SignatureVerifier },
): Promise<Invitation> {
  if (text.length > 2 * MAX_PUBLISHED_CHARACTERS) throw recordInvalid(source, "it is too long");
  const json = jsonIn(text.trim(), source);
  if (json.length > MAX_PUBLISHED_CHARACTERS) throw recordInvalid(source, "it is too long");
  const value = parsed(json, source);
  return { ...(await openPublished(value, source, modules)), checksum: checksumOf(value) };
}

/** Eight groups of four digits, 128 bits: as safe as it can be read. */
export function checksumOf(document: unknown): string {
  const digest = toHex(sha256(utf8(JSON.stringify(document)))).slice(0, 32);
  return (digest.match(/.{4}/g) ?? []).join(" ");
}

function jsonIn(text: string, source: string): string {
  if (text.startsWith("{")) return text;
  if (!isInvitationLine(text))
    throw recordInvalid(source, "it is neither an invitation nor the JSON that a node publishes");
  if (!text.startsWith(PREFIX)) {
    throw recordInvalid(
      source,
      "it is an invitation of another version; use the version of coaudit that made it, or a newer one",
    );
  }
  try {
    // Mail programs break long lines.
    return decodeUtf8(fromBase64(text.slice(PREFIX.length).replace(/\s+/g, ""), "the invitation"));
  } catch (cause) {
    throw recordInvalid(source, "the line is damaged, perhaps not whole", cause);
  }
}

function parsed(json: string, source: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw recordInvalid(source, "it is not JSON", cause);
  }
}
