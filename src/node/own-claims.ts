/**
 * The claim book as this node's auditors use it. What this key signed elsewhere (an older copy of the claims was put
 * back, a second machine ran) is promised for good, even after a person has lifted the halt that it caused: at most one
 * digest per origin and epoch, for ever.
 */
import type { Claims } from "../auditor/ports.ts";
import { equalBytes, toHex } from "../core/bytes.ts";
import { CoauditError } from "../core/errors.ts";
import type { AuditorHead } from "../core/head.ts";
import type { Claim } from "../ledger/claims/claim-record.ts";

export interface OwnClaimsModules {
  readonly claims: Claims;
  /** The heads by this node that its ledger holds for an epoch. */
  ownHeads(namespace: string, epoch: number): Promise<readonly AuditorHead[]>;
}

/**
 * `claim` also throws CLAIM_CONFLICT for a new claim if an own head names another digest, and CLAIM_BELOW_MARK if one
 * names the same: signed again it would have another time.
 */
export function ownClaims({ claims, ownHeads }: OwnClaimsModules): Claims {
  return {
    async claim(claim) {
      const { namespace, epoch } = claim;
      const held = await ownHeads(namespace, epoch);
      if (held.length > 0 && (await claims.get(namespace, epoch)) === undefined) throw signedElsewhere(claim, held);
      return claims.claim(claim);
    },
    get: (namespace, epoch) => claims.get(namespace, epoch),
    newest: (namespace) => claims.newest(namespace),
    mark: (namespace) => claims.mark(namespace),
    setMark: (namespace, mark) => claims.setMark(namespace, mark),
    setHalt: (namespace, halt) => claims.setHalt(namespace, halt),
    clearHalt: (namespace, resume) => claims.clearHalt(namespace, resume),
    haltOf: (namespace) => claims.haltOf(namespace),
    clockWord: (namespace) => claims.clockWord(namespace),
    notBeforeMs: (namespace) => claims.notBeforeMs(namespace),
  };
}

function signedElsewhere({ namespace, epoch, digest }: Claim, held: readonly AuditorHead[]): CoauditError {
  const other = held.find((head) => !equalBytes(head.digest, digest));
  if (other === undefined) {
    const message = `epoch ${epoch} of ${namespace} was signed with this key before, but not from these claims: it is not signed again`;
    return new CoauditError("CLAIM_BELOW_MARK", message, { namespace, epoch, mark: epoch });
  }
  const [claimedDigest, askedDigest] = [toHex(other.digest), toHex(digest)];
  return new CoauditError(
    "CLAIM_CONFLICT",
    `epoch ${epoch} of ${namespace} was signed with this key as ${claimedDigest}, so ${askedDigest} is never signed: the provider shows two histories, or the claims are not those of this key. Restart the node when this is resolved.`,
    { namespace, epoch, claimedDigest, askedDigest },
  );
}
