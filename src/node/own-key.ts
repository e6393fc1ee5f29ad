/** Whether a head under this node's own key is one that this node made. */
import type { Signer } from "../auditor/signer.ts";
import { equalBytes } from "../core/bytes.ts";
import { formatVkey } from "../core/checkpoint.ts";
import { CoauditError } from "../core/errors.ts";
import { type AuditorHead, isPartOf } from "../core/head.ts";
import type { Roster } from "../core/roster.ts";
import type { KeyRotation } from "../core/statement.ts";
import type { Claim } from "../ledger/claims/claim-record.ts";
import type { NodeConfig } from "./config/config.ts";

/** All keys of this auditor in its own roster, the one in use first: one book of claims holds for all of them. */
export function keysOf(name: string, roster: Roster, inUse: Uint8Array): [Uint8Array, ...Uint8Array[]] {
  const keys = roster.byName(name)?.keys ?? [];
  return [inUse, ...keys.map(({ publicKey }) => publicKey).filter((key) => !equalBytes(key, inUse))];
}

/**
 * A node whose key is not in its own roster would sign heads that its own ledger refuses. Throws ROSTER_INVALID.
 */
export function checkOwnKey(config: Pick<NodeConfig, "file" | "name" | "roster">, publicKey: Uint8Array): void {
  const found = config.roster.roster.byKey(publicKey)?.auditor.name;
  if (found === config.name) return;
  const vkey = formatVkey({ name: config.name, publicKey });
  const reason =
    found === undefined
      ? `the roster does not list this node's key; add under ${config.name}: vkey: ${vkey}`
      : `the roster lists this node's key under ${found}, the configuration says ${config.name}`;
  throw new CoauditError("ROSTER_INVALID", `${config.file}: ${reason}`, { reason, auditor: config.name });
}

export interface OwnKeyModules {
  readonly claims: {
    get(namespace: string, epoch: number): Promise<Claim | undefined>;
    /** Nothing unclaimed at or below it is ever claimed. */
    mark(namespace: string): number;
  };
  readonly signer: Signer;
}

/**
 * Signs the claim again and compares: Ed25519 is deterministic, so anything but the same bytes was made by somebody
 * else with this key. A copy with one signature stripped is still ours. [a second machine, a restored backup, a thief]
 */
export async function ownClaimsYield(head: AuditorHead, modules: OwnKeyModules): Promise<boolean> {
  const claim = await modules.claims.get(head.namespace, head.epoch);
  if (claim === undefined || !equalBytes(claim.publicKey, head.publicKey)) return false;
  return isPartOf(head, await modules.signer.signHead(claim));
}

/**
 * The head, among those that this node's ledger holds for its newest own epoch, which its claims contradict: one above
 * all that was claimed, or another one for a claimed slot. The claims were then lost or restored from a backup, and
 * nothing may be signed. A head without a claim at or below the mark is what a repair of the claims leaves behind.
 */
export async function strayOwnHead(
  heads: readonly AuditorHead[],
  modules: OwnKeyModules,
): Promise<AuditorHead | undefined> {
  for (const head of heads) {
    const { namespace, epoch } = head;
    if (epoch > modules.claims.mark(namespace)) return head;
    const isClaimed = (await modules.claims.get(namespace, epoch)) !== undefined;
    if (isClaimed && !(await ownClaimsYield(head, modules))) return head;
  }
  return undefined;
}

/** A rotation of this node's key to one that its own roster does not know as this auditor's: somebody else made it. */
export function strayRotation(
  rotations: readonly KeyRotation[],
  { roster, name }: { readonly roster: Roster; readonly name: string },
): KeyRotation | undefined {
  return rotations.find(({ newPublicKey }) => roster.byKey(newPublicKey)?.auditor.name !== name);
}
