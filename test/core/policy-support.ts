/** Policies made at random, and what they are held to: every set of auditors, one by one. */
import fc from "fast-check";
import { formatVkey } from "../../src/core/checkpoint.ts";
import type { BoundPolicy } from "../../src/core/policy-evaluation.ts";
import { evaluatePolicy } from "../../src/core/policy-evaluation.ts";
import { makeAuditors, type TestAuditor } from "../support/auditors.ts";

export const AUDITORS: readonly TestAuditor[] = makeAuditors(12);

export function vkeyOf({ name, key }: TestAuditor, as: string = name): string {
  return formatVkey({ name: as, publicKey: key.publicKey });
}

/** `a`, `b`, ... are the witnesses of the first auditors; the lines follow. */
export function policyText(witnesses: number, ...lines: readonly string[]): string {
  const names = AUDITORS.slice(0, witnesses).map((auditor) => `witness ${auditor.name[0]} ${vkeyOf(auditor)}`);
  return `${[...names, ...lines].join("\n")}\n`;
}

/** Policies of 1 to 8 witnesses, some outside of the quorum, with groups in groups of every threshold. */
export const arbitraryPolicy: fc.Arbitrary<string> = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { maxLength: 5 }), fc.nat())
  .map(([witnesses, groups, quorum]) => {
    const free = AUDITORS.slice(0, witnesses).map(({ name }) => name[0] as string);
    const lines: string[] = [];
    for (const [index, [size, start, threshold]] of groups.entries()) {
      const members = free.splice(start % free.length, 1 + (size % 4));
      const least = 1 + (threshold % members.length);
      lines.push(`group g${index} ${least} ${members.join(" ")}`);
      free.push(`g${index}`);
    }
    return policyText(witnesses, ...lines, `quorum ${free[quorum % free.length]}`);
  });

export interface BruteForce {
  readonly forgers: number;
  readonly blockers: number;
  readonly common: number;
}

/** By definition, over all sets of auditors and all pairs of satisfying sets. */
export function bruteForce(bound: BoundPolicy): BruteForce {
  const { auditors } = bound;
  const all = 2 ** auditors.length - 1;
  const quorums: number[] = [];
  for (let set = 0; set <= all; set++) {
    if (evaluatePolicy(bound, new Set(auditors.filter((_, i) => (set >> i) & 1)))) quorums.push(set);
  }
  const satisfied = new Set(quorums);
  let [forgers, blockers, common] = [Infinity, Infinity, Infinity];
  for (let set = 0; set <= all; set++) if (!satisfied.has(all & ~set)) blockers = Math.min(blockers, bits(set));
  for (const one of quorums) {
    forgers = Math.min(forgers, bits(one));
    for (const other of quorums) common = Math.min(common, bits(one & other));
  }
  return { forgers, blockers, common };
}

function bits(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count++;
  return count;
}
