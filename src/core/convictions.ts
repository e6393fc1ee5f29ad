/** Auditors that signed twice: two digests in one slot, or two rotations of one key (docs/protocol.md 7.1). */
import { toHex } from "./bytes.ts";
import type { Assumptions } from "./evidence.ts";
import type { AuditorHead } from "./head.ts";
import { bindsNamespace } from "./speaking.ts";
import type { KeyRotation } from "./statement.ts";

/** Whatever their time, window or origin, and whether or not the auditor is in the roster at that epoch. */
export function convictedAuditors(
  heads: readonly AuditorHead[],
  rotations: readonly KeyRotation[],
  assumptions: Assumptions,
): Set<string> {
  const convicted = new Set<string>();
  const digests = new Map<string, string>();
  for (const head of heads) {
    const auditor = assumptions.roster.byKey(head.publicKey)?.auditor.name;
    if (auditor === undefined || !bindsNamespace(head, assumptions)) continue;
    const slot = `${auditor} ${head.namespace} ${head.epoch}`;
    const digest = toHex(head.digest);
    if ((digests.get(slot) ?? digest) !== digest) convicted.add(auditor);
    digests.set(slot, digest);
  }
  const successors = new Map<string, string>();
  for (const rotation of rotations) {
    const auditor = assumptions.roster.byKey(rotation.oldPublicKey)?.auditor.name;
    if (auditor === undefined) continue;
    const old = toHex(rotation.oldPublicKey);
    const content = rotationContent(rotation);
    if ((successors.get(old) ?? content) !== content) convicted.add(auditor);
    successors.set(old, content);
  }
  return convicted;
}

/** What two rotations of one key must agree on; the time may differ. */
export function rotationContent({ newPublicKey, starts }: KeyRotation): string {
  return [toHex(newPublicKey), ...starts.map(({ namespace, epoch }) => `${namespace}:${epoch}`)].join(" ");
}
