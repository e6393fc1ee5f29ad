/**
 * What a reader settles after people have found out about a fork (docs/protocol.md 7.4). A settlement is one reader's
 * own: it is never taken on a node's word.
 */

export interface Settlement {
  readonly namespace: string;
  /** The epoch of the case. */
  readonly first: number;
  /** The newest conflicting epoch that was held when it was settled. */
  readonly last: number;
  /** Names of auditors by the digest (hex) that each named at `first`; the provider's digests with nobody. */
  readonly sides: Readonly<Record<string, readonly string[]>>;
  /** The digest at `first` whose side is right, or nobody's. */
  readonly trust: string;
  readonly note: string;
}

/** `trust` of a settlement that believes no side: every quorum within it is refused. */
export const TRUST_NONE = "none";

/** What was said at one epoch, as far as it speaks: digest (hex) by auditor, and the provider's digests. */
export interface SaidAtEpoch {
  readonly sides: ReadonlyMap<string, string>;
  readonly providerDigests: readonly string[];
}

export function isTrustNone({ trust }: Settlement): boolean {
  return trust === TRUST_NONE;
}

export function isWithin({ namespace, first, last }: Settlement, where: { namespace: string; epoch: number }): boolean {
  return where.namespace === namespace && where.epoch >= first && where.epoch <= last;
}

/**
 * True for an auditor that was named on another side than the one that is trusted: within the settlement it is not
 * heard.
 */
export function isSilenced({ sides, trust }: Settlement, auditor: string): boolean {
  return Object.entries(sides).some(([digest, names]) => digest !== trust && names.includes(auditor));
}

/**
 * True when what was said at an epoch within the settlement is more than people had looked at: a digest at `first` that
 * was not there, or an auditor that is on no side and contradicts the trusted one. [a settlement hides a new lie]
 */
export function opensAgain(settlement: Settlement, epoch: number, { sides, providerDigests }: SaidAtEpoch): boolean {
  const known = settlement.sides;
  if (epoch === settlement.first) {
    if ([...sides.values(), ...providerDigests].some((digest) => known[digest] === undefined)) return true;
  }
  const trusted = (known[settlement.trust] ?? []).flatMap((name) => sides.get(name) ?? []);
  const named = new Set(Object.values(known).flat());
  // Of trusted auditors that part later any one is contradicted: more heads never close what they opened.
  return [...sides].some(([auditor, digest]) => !named.has(auditor) && trusted.some((other) => other !== digest));
}
