/**
 * What a set of signed statements proves, and against whom (docs/protocol.md 7). Everything here is a pure function of
 * verified statements and of the reader's own roster and fault bound: each reader computes the class itself, never
 * trusts one.
 *
 * X = auditors convicted of equivocation, S = other auditors with a head for an epoch, m = the largest side of S.
 *
 */
import { concat, toHex, utf8 } from "./bytes.ts";
import { sha256 } from "./hash.ts";
import type { Roster } from "./roster.ts";
import { ProtoWriter } from "./wire.ts";

export type CaseClass =
  | "auditor-equivocation"
  | "provider-equivocation"
  | "split-view"
  | "provider-contradiction"
  | "forked-listing"
  | "invalid-epoch"
  | "disagreement";

/** What a case is about; its identity. `epoch` of a fork is the first at which heads part. */
export type CaseSubject =
  | { readonly kind: "fork"; readonly namespace: string; readonly epoch: number }
  | { readonly kind: "auditor"; readonly auditor: string }
  | { readonly kind: "listing"; readonly namespace: string; readonly epoch: number }
  | { readonly kind: "proof"; readonly namespace: string; readonly epoch: number };

const SUBJECT_NUMBERS: Readonly<Record<CaseSubject["kind"], number>> = { fork: 1, auditor: 2, listing: 3, proof: 4 };

/** Who reads: the same statements may prove more to one reader than to another. */
export interface Assumptions {
  readonly roster: Roster;
  /** f: how many auditors may lie or share one failure. */
  readonly faultBound: number;
  /** Origin by namespace: a cosignature binds an origin only, so a half head counts where the two belong together. */
  readonly origins: ReadonlyMap<string, string>;
  /** The provider's own signing keys by namespace; they never count as auditors. */
  readonly providerKeys: ReadonlyMap<string, readonly Uint8Array[]>;
}

/** The same fork continues while conflicting epochs are at most this far apart (docs/decisions/0004). */
export const FORK_GAP_EPOCHS = 1024;

/**
 * docs/protocol.md 7.2. SHA-256(`coaudit/case/v1\0` || subject): all nodes that hold the same heads give a case the
 * same id. Lower-case hex.
 */
export function caseId(subject: CaseSubject): string {
  const writer = new ProtoWriter().uint(1, SUBJECT_NUMBERS[subject.kind]);
  if (subject.kind === "auditor") writer.string(2, subject.auditor);
  else writer.string(2, subject.namespace).uint(3, subject.epoch);
  return toHex(sha256(concat(utf8("coaudit/case/v1\0"), writer.finish())));
}

/** The heads of one epoch as evidence sees them. */
export interface EpochHeads {
  /** Digest (hex) by auditor, convicted auditors left out. */
  readonly sides: ReadonlyMap<string, string>;
  /** Distinct digests (hex) in the provider's own heads. */
  readonly providerDigests: readonly string[];
}

/** How strongly the heads of one epoch speak; compare with `forkClass`. */
export interface EpochJudgement {
  /** |S| - m: the fewest auditors that must be lying if the provider showed one history. */
  readonly minority: number;
  /** Auditors whose head contradicts the provider's only head. */
  readonly contradicted: number;
  readonly providerEquivocates: boolean;
}

/** docs/protocol.md 7.1: |S| - m, and who contradicts the provider. Undefined if all heads of the epoch agree. */
export function judgeEpoch({ sides, providerDigests }: EpochHeads): EpochJudgement | undefined {
  const counts = new Map<string, number>();
  for (const digest of sides.values()) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  const minority = sides.size - Math.max(0, ...counts.values());
  const providerEquivocates = providerDigests.length > 1;
  const only = providerDigests.length === 1 ? providerDigests[0] : undefined;
  const contradicted = only === undefined ? 0 : sides.size - (counts.get(only) ?? 0);
  if (minority === 0 && contradicted === 0 && !providerEquivocates) return undefined;
  return { minority, contradicted, providerEquivocates };
}

/** The stronger of two judgements, part by part: a fork is judged by the best of its epochs. */
export function strongerJudgement(a: EpochJudgement, b: EpochJudgement): EpochJudgement {
  return {
    minority: Math.max(a.minority, b.minority),
    contradicted: Math.max(a.contradicted, b.contradicted),
    providerEquivocates: a.providerEquivocates || b.providerEquivocates,
  };
}

/**
 * Class of a fork: the rows of docs/protocol.md 7.1 from the top. With more convicted auditors than f the reader's own
 * assumption is broken and nothing else is concluded.
 */
export function forkClass(judgement: EpochJudgement, convicted: number, faultBound: number): CaseClass {
  if (judgement.providerEquivocates) return "provider-equivocation";
  if (isBoundBroken(convicted, faultBound)) return "disagreement";
  if (judgement.minority > faultBound - convicted) return "split-view";
  if (judgement.contradicted > faultBound - convicted) return "provider-contradiction";
  return "disagreement";
}

/** docs/protocol.md 7.1, |X| > f: refuse everything until the reader changes the roster or f. */
export function isBoundBroken(convicted: number, faultBound: number): boolean {
  return convicted > faultBound;
}

/** True if the observations of that many auditors cannot be explained by liars alone. */
export function observationsConvict(observers: number, convicted: number, faultBound: number): boolean {
  return !isBoundBroken(convicted, faultBound) && observers > faultBound - convicted;
}

/** Who a case of this class convicts: an auditor's name, the provider (or its publication channel), or nobody. */
export function convictedBy(subject: CaseSubject, caseClass: CaseClass): "provider" | "nobody" | { auditor: string } {
  if (subject.kind === "auditor") return { auditor: subject.auditor };
  return caseClass === "disagreement" ? "nobody" : "provider";
}

/** docs/protocol.md 7.2, one fork, one case: conflicting epochs in runs. `epochs` ascending. */
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
