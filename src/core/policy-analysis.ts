/**
 * What a policy survives. Every auditor is in one place of the tree, so the smallest sets of a group consist of the
 * smallest sets of its members, which share nobody: all three answers are exact for any number of auditors, and as
 * quick as parsing the policy.
 */
import { compareText } from "./bytes.ts";
import { checkNumber } from "./numbers.ts";
import { invalidPolicy } from "./policy.ts";
import { type BoundPolicy, checkBoundPolicy, type PolicyTree } from "./policy-evaluation.ts";

export interface PolicyAnalysis {
  /** The number of auditors in the policy. */
  readonly auditors: number;
  /** A smallest set that is enough alone: if all of them lie, a head is forged. Sorted. */
  readonly forgers: readonly string[];
  /** A smallest set without which nothing is enough: if all of them are absent, no head is accepted. Sorted. */
  readonly blockers: readonly string[];
  /**
   * A smallest set that two quorums can have in common: if all of them lie, two heads of one epoch are accepted.
   * Sorted.
   */
  readonly common: readonly string[];
}

export type PolicyConcern =
  /** f liars alone satisfy the policy. */
  | "forged-by-f"
  /** Two quorums can have only f auditors in common, who sign both. */
  | "quorums-share-f"
  /** f absent auditors make every head unacceptable. */
  | "blocked-by-f";

/** Throws POLICY_INVALID for anything that bindPolicy did not return. */
export function analysePolicy(policy: BoundPolicy): PolicyAnalysis {
  const { tree, auditors } = checkBoundPolicy(policy);
  return {
    auditors: auditors.length,
    forgers: smallest(tree, (threshold) => threshold),
    // A group is blocked when so many members are that fewer than its threshold are left.
    blockers: smallest(tree, (threshold, members) => members - threshold + 1),
    // Two sets of `threshold` of the members meet in at least 2 * threshold - members of them; elsewhere they share
    // nobody.
    common: smallest(tree, (threshold, members) => Math.max(0, 2 * threshold - members)),
  };
}

/**
 * `faultBound`: how many auditors the reader assumes may lie or be absent. Throws NUMBER_OUT_OF_RANGE, and
 * POLICY_INVALID for anything that analysePolicy did not return.
 */
export function policyConcerns(analysis: PolicyAnalysis, faultBound: number): PolicyConcern[] {
  const sets = [analysis?.forgers, analysis?.common, analysis?.blockers];
  if (!sets.every(Array.isArray)) throw invalidPolicy("it is not what analysePolicy returns");
  checkNumber(faultBound, "faultBound");
  const concerns: PolicyConcern[] = [];
  if (analysis.forgers.length <= faultBound) concerns.push("forged-by-f");
  if (analysis.common.length <= faultBound) concerns.push("quorums-share-f");
  if (analysis.blockers.length <= faultBound) concerns.push("blocked-by-f");
  return concerns;
}

/** The least number of auditors such that any choice of that many is enough. */
export function sureSize({ auditors, blockers }: PolicyAnalysis): number {
  return auditors - blockers.length + 1;
}

/** The union of the smallest sets of as many members as `needed` says, those with the smallest sets. */
function smallest(tree: PolicyTree, needed: (threshold: number, members: number) => number): string[] {
  if (tree.kind === "auditor") return [tree.auditor];
  return tree.members
    .map((member) => smallest(member, needed))
    .sort((a, b) => a.length - b.length)
    .slice(0, needed(tree.threshold, tree.members.length))
    .flat()
    .sort(compareText);
}
