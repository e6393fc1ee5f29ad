/** Whose heads say something about an epoch, and for whom they count (docs/protocol.md 7.1 and 8). */
import type { Assumptions } from "./evidence.ts";
import type { AuditorHead } from "./head.ts";
import { isInWindow, isMember } from "./roster.ts";

/** A half head says nothing of its namespace: it counts only where the reader knows that the two belong together. */
export function bindsNamespace(head: AuditorHead, assumptions: Assumptions): boolean {
  return head.type === "signed-head" || assumptions.origins.get(head.namespace) === head.origin;
}

/**
 * The auditor for which a head speaks: it is in the roster at that epoch, its key was in use, and the head is about the
 * reader's origin. Undefined where it says nothing. Whether the auditor is convicted is not looked at.
 */
export function speakerOf(head: AuditorHead, assumptions: Assumptions): string | undefined {
  const entry = assumptions.roster.byKey(head.publicKey);
  if (entry === undefined || !isInWindow(entry.key, head.namespace, head.epoch)) return undefined;
  if (!isMember(entry.auditor, head.namespace, head.epoch)) return undefined;
  const origin = assumptions.origins.get(head.namespace);
  const isAbout = origin === undefined ? head.type === "signed-head" : origin === head.origin;
  return isAbout ? entry.auditor.name : undefined;
}

/** A convicted auditor's heads count for no quorum, except up to the epoch to which this reader still trusts it. */
export function isVoid(
  auditor: string,
  where: { readonly namespace: string; readonly epoch: number },
  convicted: ReadonlySet<string>,
  assumptions: Assumptions,
): boolean {
  if (!convicted.has(auditor)) return false;
  const trustedUntil = assumptions.roster.byName(auditor)?.trustedUntil?.[where.namespace];
  return trustedUntil === undefined || where.epoch > trustedUntil;
}
