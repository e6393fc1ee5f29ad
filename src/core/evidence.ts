/**
 * What a set of signed statements proves, and against whom (docs/protocol.md 7). Everything here is a pure function of
 * verified statements and of the reader's own roster and fault bound: each reader computes the class itself, never
 * trusts one.
 *
 * X = auditors convicted of equivocation, S = other auditors with a head for an epoch, m = the largest side of S.
 *
 */
import { compareText, concat, toHex, utf8 } from "./bytes.ts";
import { sha256 } from "./hash.ts";
import { defaultFaultBound, defaultQuorum, NOW_EPOCH, type Roster } from "./roster.ts";
import type { Settlement } from "./settlement.ts";
import { ProtoWriter } from "./wire.ts";

export type CaseClass =
  | "auditor-equivocation"
  | "provider-equivocation"
  | "split-view"
  | "provider-contradiction"
  | "forked-listing"
  | "invalid-epoch"
  | "disagreement";

/**
 * What a case is about; its identity. `epoch` of a fork is the first whose own heads convict. A `dissent` is a lead:
 * one for each auditor that named another digest than the others, at however many epochs.
 */
export type CaseSubject =
  | { readonly kind: "fork"; readonly namespace: string; readonly epoch: number }
  | { readonly kind: "auditor"; readonly auditor: string }
  | { readonly kind: "listing"; readonly namespace: string; readonly epoch: number }
  | { readonly kind: "proof"; readonly namespace: string; readonly epoch: number }
  | { readonly kind: "dissent"; readonly namespace: string; readonly auditor: string };

const SUBJECT_NUMBERS: Readonly<Record<CaseSubject["kind"], number>> = {
  fork: 1,
  auditor: 2,
  listing: 3,
  proof: 4,
  dissent: 5,
};

/** Who reads: the same statements may prove more to one reader than to another. */
export interface Assumptions {
  readonly roster: Roster;
  /** f: how many auditors may lie or share one failure; undefined: floor((n - 1) / 3) of the n of each epoch. */
  readonly faultBound: number | undefined;
  /** Origin by namespace: a cosignature binds an origin only, so a half head counts where the two belong together. */
  readonly origins: ReadonlyMap<string, string>;
  /** The provider's own signing keys by namespace; they never count as auditors. */
  readonly providerKeys: ReadonlyMap<string, readonly Uint8Array[]>;
  /** What people found out about forks; absent: nothing. */
  readonly settlements?: readonly Settlement[];
}

/** The same fork goes on while epochs that convict are at most this far apart (docs/decisions/0004). */
export const FORK_GAP_EPOCHS = 1024;

/**
 * docs/protocol.md 7.2. SHA-256(`coaudit/case/v1\0` || subject): all nodes that hold the same heads give a case the
 * same id. Lower-case hex.
 */
export function caseId(subject: CaseSubject): string {
  const writer = new ProtoWriter().uint(1, SUBJECT_NUMBERS[subject.kind]);
  if (subject.kind === "auditor") writer.string(2, subject.auditor);
  else if (subject.kind === "dissent") writer.string(2, subject.namespace).string(4, subject.auditor);
  else writer.string(2, subject.namespace).uint(3, subject.epoch);
  return toHex(sha256(concat(utf8("coaudit/case/v1\0"), writer.finish())));
}

/** f and |X| of one epoch: the auditors of the roster at that epoch, and those of them that are convicted. */
export interface EpochBound {
  readonly faultBound: number;
  readonly convicted: number;
}

export function boundAt(
  namespace: string,
  epoch: number,
  convicted: ReadonlySet<string>,
  { roster, faultBound }: Assumptions,
): EpochBound {
  const members = roster.membersAt(namespace, epoch);
  const liars = convicted.size === 0 ? 0 : members.filter((name) => convicted.has(name)).length;
  return { faultBound: faultBound ?? defaultFaultBound(members.length), convicted: liars };
}

/** f of the auditors that are in the roster now, for what is not about one epoch. */
export function faultBoundNow(namespace: string, assumptions: Assumptions): number {
  return boundAt(namespace, NOW_EPOCH, NOBODY, assumptions).faultBound;
}

/** How many must agree at that epoch unless somebody says otherwise: of those who are in the roster then. */
export function defaultQuorumAt(
  namespace: string,
  epoch: number,
  { roster, faultBound }: Pick<Assumptions, "roster" | "faultBound">,
): number {
  return defaultQuorum(roster.membersAt(namespace, epoch).length, faultBound);
}

const NOBODY: ReadonlySet<string> = new Set();

/** The heads of one epoch as evidence sees them. */
export interface EpochHeads {
  /** Digest (hex) by auditor: those that speak, convicted auditors left out. */
  readonly sides: ReadonlyMap<string, string>;
  /** Distinct digests (hex) in the provider's own heads. */
  readonly providerDigests: readonly string[];
}

/** What the heads of one epoch amount to. */
export interface EpochJudgement {
  readonly class: "provider-equivocation" | "split-view" | "provider-contradiction" | "disagreement";
  /** |S| - m: the fewest auditors that must be lying if the provider showed one history. */
  readonly minority: number;
  /** Auditors whose head contradicts the provider's only head. */
  readonly contradicted: number;
  /**
   * Auditors that named another digest than the provider's only head, or else than most; of equal sides the smallest
   * digest counts as most, so that a tie makes one side's leads and not everybody's. Says nothing about who is right.
   */
  readonly dissenters: readonly string[];
  /** Two sides are the largest: whoever speaks next may turn it round. */
  readonly isTie: boolean;
}

/** From the strongest to the weakest; a fork is what its strongest epoch is. */
const FORK_CLASSES: readonly EpochJudgement["class"][] = [
  "provider-equivocation",
  "split-view",
  "provider-contradiction",
  "disagreement",
];

/** Undefined where all heads of the epoch agree. */
export function judgeEpoch(heads: EpochHeads, bound: EpochBound): EpochJudgement | undefined {
  const { sides, providerDigests } = heads;
  const counts = new Map<string, number>();
  for (const digest of sides.values()) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  const minority = sides.size - Math.max(0, ...counts.values());
  const only = providerDigests.length === 1 ? providerDigests[0] : undefined;
  const contradicted = only === undefined ? 0 : sides.size - (counts.get(only) ?? 0);
  if (minority === 0 && contradicted === 0 && providerDigests.length <= 1) return undefined;
  const [largest, second] = [...counts].sort(([a, m], [b, n]) => n - m || compareText(a, b));
  const main = only ?? largest?.[0];
  const dissenters = [...sides].flatMap(([auditor, digest]) => (digest === main ? [] : [auditor])).sort(compareText);
  const isTie = only === undefined && largest?.[1] === second?.[1];
  return {
    class: epochClass(minority, contradicted, providerDigests.length, bound),
    minority,
    contradicted,
    dissenters,
    isTie,
  };
}

/**
 * docs/protocol.md 7.1. With more convicted auditors than f the reader's assumption is broken: nothing else is
 * concluded.
 */
function epochClass(
  minority: number,
  contradicted: number,
  providerDigests: number,
  { faultBound, convicted }: EpochBound,
): EpochJudgement["class"] {
  if (providerDigests > 1) return "provider-equivocation";
  if (isBoundBroken(convicted, faultBound)) return "disagreement";
  if (minority > faultBound - convicted) return "split-view";
  if (contradicted > faultBound - convicted) return "provider-contradiction";
  return "disagreement";
}

/** Negative where the first is the stronger: a stronger class, then the larger minority, then more that contradict. */
export function compareJudgements(a: EpochJudgement, b: EpochJudgement): number {
  return (
    FORK_CLASSES.indexOf(a.class) - FORK_CLASSES.indexOf(b.class) ||
    b.minority - a.minority ||
    b.contradicted - a.contradicted
  );
}

/** |X| > f: refuse everything until the reader changes the roster or f. */
export function isBoundBroken(convicted: number, faultBound: number): boolean {
  return convicted > faultBound;
}

/** True when that many auditors can't be explained by liars alone. */
export function exceedsBound(auditors: number, { faultBound, convicted }: EpochBound): boolean {
  return !isBoundBroken(convicted, faultBound) && auditors > faultBound - convicted;
}

/** Who a case of this class convicts: an auditor's name, the provider (or its publication channel), or nobody. */
export function convictedBy(subject: CaseSubject, caseClass: CaseClass): "provider" | "nobody" | { auditor: string } {
  if (subject.kind === "auditor") return { auditor: subject.auditor };
  return caseClass === "disagreement" ? "nobody" : "provider";
}

/** Epochs that convict, in runs that are each one fork. `epochs` ascending. */
export function groupForks(
  epochs: readonly number[],
  gapEpochs: number = FORK_GAP_EPOCHS,
): { first: number; last: number; epochs: number[] }[] {
  const groups: { first: number; last: number; epochs: number[] }[] = [];
  for (const epoch of epochs) {
    const current = groups.at(-1);
    if (current !== undefined && epoch - current.last <= gapEpochs) {
      current.last = epoch;
      current.epochs.push(epoch);
    } else {
      groups.push({ first: epoch, last: epoch, epochs: [epoch] });
    }
  }
  return groups;
}
