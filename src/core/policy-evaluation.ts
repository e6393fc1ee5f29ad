/** A policy and a roster: which auditor is behind each witness, and whether a set of auditors is enough. */
import { toHex } from "./bytes.ts";
import { CoauditError, isCoauditError } from "./errors.ts";
import {
  checkPolicyShape,
  invalidPolicy,
  type Policy,
  type PolicyGroup,
  type PolicyMember,
  type PolicyWitness,
} from "./policy.ts";
import { Roster, type RosterAuditor } from "./roster.ts";

/** What evaluation and analysis work on: the leaves are auditors, each in one place. */
export type PolicyTree =
  | { readonly kind: "auditor"; readonly auditor: string }
  | { readonly kind: "threshold"; readonly threshold: number; readonly members: readonly PolicyTree[] };

export interface BoundPolicy {
  readonly policy: Policy;
  readonly tree: PolicyTree;
  /** The auditors in the tree, sorted. An auditor of the roster outside the tree never makes a difference. */
  readonly auditors: readonly string[];
  /** The auditor's name by the witness' name. */
  readonly auditorOf: ReadonlyMap<string, string>;
}

/**
 * Throws POLICY_INVALID for `quorum none`, for a witness whose key is not in the roster, and for an auditor that could
 * count twice: several witnesses of one auditor must be together in one `any` group. [an auditor counts twice by two of
 * its keys]
 */
export function bindPolicy(policy: Policy, roster: Roster): BoundPolicy {
  checkPolicyShape(policy);
  if (typeof roster?.byKey !== "function") throw invalidPolicy("what it is bound to is not a Roster");
  if (policy.quorum === "none") {
    throw invalidPolicy('"quorum none" accepts every head, signed by nobody; name a witness or a group');
  }
  const auditorOf = new Map(policy.witnesses.map((witness) => [witness.name, auditorBehind(witness, roster)]));
  const seen = new Set<string>();
  const tree = treeOf(policy.quorum, auditorOf, seen);
  return { policy, tree, auditors: [...seen].sort(), auditorOf };
}

/** Throws POLICY_INVALID for anything that bindPolicy did not return. */
export function checkBoundPolicy(value: unknown): BoundPolicy {
  const { tree, auditors } = (value ?? {}) as Partial<Record<keyof BoundPolicy, unknown>>;
  if (Array.isArray(auditors) && isTreeShape(tree, { left: 2 * auditors.length + 512 })) return value as BoundPolicy;
  throw invalidPolicy("it is not what bindPolicy returns");
}

function isTreeShape(value: unknown, budget: { left: number }): boolean {
  if (--budget.left < 0) return false;
  const { kind, auditor, threshold, members } = (value ?? {}) as Record<string, unknown>;
  if (kind === "auditor") return typeof auditor === "string";
  if (kind !== "threshold" || !Number.isSafeInteger(threshold) || !Array.isArray(members)) return false;
  return members.every((one) => isTreeShape(one, budget));
}

/** True when these auditors, and nobody else, are enough. */
export function evaluatePolicy({ tree }: BoundPolicy, auditors: ReadonlySet<string>): boolean {
  return isSatisfied(tree, auditors);
}

/**
 * The auditors that a policy itself names, for a reader without a roster: witnesses under one key name are one auditor.
 * Throws POLICY_INVALID if they do not form a roster.
 */
export function rosterOfPolicy(policy: Policy): Roster {
  const { witnesses } = checkPolicyShape(policy);
  const auditors = new Map<string, RosterAuditor>();
  for (const { vkey } of witnesses) {
    const known = auditors.get(vkey.name);
    const keys = [...(known?.keys ?? []), { publicKey: vkey.publicKey }];
    auditors.set(vkey.name, { name: vkey.name, keys, addresses: [] });
  }
  try {
    return new Roster([...auditors.values()]);
  } catch (error) {
    throw isCoauditError(error) ? invalidPolicy(error.message) : error;
  }
}

/** "At least `min` of them": the policy of a reader that only counts. Throws NUMBER_OUT_OF_RANGE. */
export function policyOfRoster(roster: Roster, min: number): Policy {
  if (!Number.isSafeInteger(min) || min < 1 || min > roster.size) {
    const message = `min ${min} is not a whole number from 1 to the ${roster.size} auditors of the roster`;
    throw new CoauditError("NUMBER_OUT_OF_RANGE", message, {
      field: "min",
      value: String(min),
      min: 1,
      max: roster.size,
    });
  }
  const witnesses = roster.auditors.flatMap(({ name, keys: [key] }): PolicyWitness[] =>
    key === undefined ? [] : [{ kind: "witness", name, vkey: { name, publicKey: key.publicKey }, line: 0 }],
  );
  // A name that an auditor could also have does no harm: the group is found by reference.
  const group: PolicyGroup = { kind: "group", name: "quorum", threshold: min, members: witnesses, line: 0 };
  return { witnesses, groups: [group], quorum: group };
}

function auditorBehind({ name, vkey, line }: PolicyWitness, roster: Roster): string {
  const entry = roster.byKey(vkey.publicKey);
  if (entry !== undefined) return entry.auditor.name;
  const reason = `the key ${toHex(vkey.publicKey)} of witness ${name} is not in your roster, so it could never count`;
  throw invalidPolicy(reason, line, 1);
}

function treeOf(member: PolicyMember, auditorOf: ReadonlyMap<string, string>, seen: Set<string>): PolicyTree {
  if (member.kind === "witness") {
    const auditor = auditorOf.get(member.name) ?? member.vkey.name;
    if (seen.has(auditor)) {
      const reason = `${auditor} would count twice: put all of its witnesses, and nothing between them, into one "any" group`;
      throw invalidPolicy(reason, member.line, 1);
    }
    seen.add(auditor);
    return { kind: "auditor", auditor };
  }
  const members: PolicyTree[] = [];
  const here = new Set<string>();
  for (const one of member.members) {
    const auditor = one.kind === "witness" ? auditorOf.get(one.name) : undefined;
    // In an `any` group a second key of the same auditor changes nothing.
    if (auditor !== undefined && member.threshold === 1 && here.has(auditor)) continue;
    if (auditor !== undefined) here.add(auditor);
    members.push(treeOf(one, auditorOf, seen));
  }
  return { kind: "threshold", threshold: member.threshold, members };
}

function isSatisfied(tree: PolicyTree, auditors: ReadonlySet<string>): boolean {
  if (tree.kind === "auditor") return auditors.has(tree.auditor);
  let satisfied = 0;
  for (const member of tree.members) if (isSatisfied(member, auditors)) satisfied++;
  return satisfied >= tree.threshold;
}
