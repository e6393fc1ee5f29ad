/** Where a command takes another auditor's published record from, and how it shows what a stranger wrote. */
import type { VerifierKey } from "../../core/checkpoint.ts";
import { errorMessage, isCoauditError } from "../../core/errors.ts";
import type { RosterAuditor } from "../../core/roster.ts";
import { type Invitation, isInvitationLine, openInvitation } from "../../node/published/invitation.ts";
import { MAX_PUBLISHED_CHARACTERS, PUBLISHED_PATH, recordInvalid } from "../../node/published/published.ts";
import { NativeVerifier } from "../../platform/native-ed25519.ts";
import { readTextFile } from "../../platform/text-file.ts";
import { fingerprint } from "../reader/policy-new-action.ts";
import { printable } from "../text.ts";
import { nodeTarget } from "./node-target.ts";

/**
 * A node's URL, an invitation's file or its line. Throws RECORD_INVALID, CONFIG_UNREADABLE, NODE_UNREACHABLE,
 * NODE_ANSWER_INVALID, NODE_REFUSED, USAGE.
 */
export async function readPublished(source: string): Promise<Invitation> {
  const modules = { verifier: new NativeVerifier() };
  if (isInvitationLine(source)) return openInvitation(source, "the invitation", modules);
  if (!/^https?:/i.test(source)) {
    return openInvitation(await readTextFile(source, 2 * MAX_PUBLISHED_CHARACTERS), source, modules);
  }
  const { client } = await nodeTarget({ node: source });
  const answer = await client.get(PUBLISHED_PATH).catch((error: unknown) => {
    if (!isCoauditError(error, "NODE_REFUSED") || error.metadata.status !== 404) throw error;
    throw recordInvalid(source, `it publishes none at ${PUBLISHED_PATH}; is it a coaudit node of this version?`, error);
  });
  return openInvitation(JSON.stringify(answer) ?? "", source, modules);
}

/** The same for several; those that could not be read are told apart. */
export async function readAllPublished(sources: readonly string[]): Promise<{
  readonly read: readonly { readonly source: string; readonly published: Invitation }[];
  readonly failed: readonly string[];
}> {
  const results = await Promise.allSettled(sources.map(readPublished));
  const read: { source: string; published: Invitation }[] = [];
  const failed: string[] = [];
  for (const [index, result] of results.entries()) {
    const source = sources[index] ?? "";
    if (result.status === "fulfilled") read.push({ source, published: result.value });
    else failed.push(`${sourceText(source)}: ${printable(errorMessage(result.reason))}`);
  }
  return { read, failed };
}

/** A line of an invitation is long, and nobody reads it. */
export function sourceText(source: string): string {
  return isInvitationLine(source) ? "the invitation" : printable(source);
}

/** `  name  fingerprint`, as people read it to each other. */
export function keyLines({ name, keys }: Pick<RosterAuditor, "name" | "keys">): string[] {
  return keys.map(({ publicKey }) => keyLine({ name, publicKey }));
}

export function keyLine(key: VerifierKey): string {
  return `  ${printable(key.name)}  ${fingerprint(key)}`;
}
