/**
 * Membership and non-membership in the compressed trie. Every label on a path is held against the trie's own structure,
 * not only hashed: a path that leaves that to the hashes lets an empty list of siblings prove any label
 * (docs/key-verification.md).
 */
import { equalBytes, toHex } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { commonPrefix, hasBitsPast, LABEL_BITS, labelBit } from "../label.ts";
import type { KeyHashing } from "./key-hashing.ts";
import type { MembershipProof, NodeLabel, NonMembershipProof, TreeElement } from "./key-proofs.ts";

/** Throws KEY_PROOF_PATH and KEY_PROOF_DIGEST. */
export function checkMembership(hashing: KeyHashing, proof: MembershipProof, digest: Uint8Array): void {
  const { tree } = hashing;
  const { part, steps } = proof;
  let label = proof.label;
  let value = proof.value;
  checkLabel(part, label);
  for (let index = steps.length - 1; index >= 0; index--) {
    const { parent, sibling, direction } = steps[index] as (typeof steps)[number];
    const where = `${part}.sibling_proofs[${index}]`;
    checkLabel(where, parent);
    checkBelow(where, parent, label, direction);
    const siblingInput = childInput(hashing, where, parent, sibling, direction === 0 ? 1 : 0);
    const input = tree.childInput(value, label.words, 0, label.lengthBits);
    value = direction === 0 ? tree.parentValue(input, siblingInput) : tree.parentValue(siblingInput, input);
    label = parent;
  }
  if (label.lengthBits !== 0) throw badPath(part, `it ends ${label.lengthBits} bits below the root`);
  checkDigest(part, tree.digest(value), digest);
}

/**
 * Throws KEY_PROOF_ABSENCE, KEY_PROOF_PATH and KEY_PROOF_DIGEST. The label is absent when the deepest node above it has
 * no child on its side that is above it too.
 */
export function checkNonMembership(hashing: KeyHashing, proof: NonMembershipProof, digest: Uint8Array): void {
  const { part, label, longestPrefix, children, prefixProof } = proof;
  checkLabel(part, label);
  checkLabel(`${part}.longest_prefix`, longestPrefix);
  if (!isPrefix(longestPrefix, label)) throw absence(part, "longest_prefix is no prefix of the label");
  const [left, right] = children.map((child, side) =>
    childInput(hashing, `${part}.longest_prefix_children[${side}]`, longestPrefix, child, side as 0 | 1),
  ) as [Uint8Array, Uint8Array];
  const onItsSide = children[labelBit(label.words, 0, longestPrefix.lengthBits)] as TreeElement;
  if (!isMissing(hashing, onItsSide) && isPrefix(onItsSide.label, label))
    throw absence(part, "one of the children is above the label, so longest_prefix is not the longest");
  if (!isSame(longestPrefix, prefixProof.label)) throw absence(part, "the path is that of another node");
  if (!equalBytes(hashing.tree.parentValue(left, right), prefixProof.value))
    throw absence(part, "longest_prefix_children are not the children of longest_prefix");
  checkMembership(hashing, prefixProof, digest);
}

/** What a child contributes to its parent, once it is clear that it belongs on this side. */
function childInput(hashing: KeyHashing, part: string, parent: NodeLabel, child: TreeElement, side: 0 | 1): Uint8Array {
  if (isMissing(hashing, child)) {
    if (parent.lengthBits === 0) return hashing.tree.emptyInput;
    throw badPath(part, "a node below the root lacks a child");
  }
  checkLabel(part, child.label);
  checkBelow(part, parent, child.label, side);
  return hashing.tree.childInput(child.value, child.label.words, 0, child.label.lengthBits);
}

function checkLabel(part: string, { words, lengthBits }: NodeLabel): void {
  if (hasBitsPast(words, 0, lengthBits)) throw badPath(part, `a label has bits set past its length of ${lengthBits}`);
}

function checkBelow(part: string, parent: NodeLabel, child: NodeLabel, side: 0 | 1): void {
  if (parent.lengthBits >= child.lengthBits || !isPrefix(parent, child))
    throw badPath(part, "the parent's label is no prefix of its child's");
  if (labelBit(child.words, 0, parent.lengthBits) !== side)
    throw badPath(part, `the child is not on the ${side === 0 ? "left" : "right"} of its parent`);
}

function isMissing({ missingChild }: KeyHashing, { label, value }: TreeElement): boolean {
  return isSame(label, missingChild.label) && equalBytes(value, missingChild.value);
}

function isPrefix(shorter: NodeLabel, longer: NodeLabel): boolean {
  return (
    shorter.lengthBits <= longer.lengthBits && commonPrefix(shorter.words, 0, 0, longer.words) >= shorter.lengthBits
  );
}

function isSame(a: NodeLabel, b: NodeLabel): boolean {
  return a.lengthBits === b.lengthBits && commonPrefix(a.words, 0, 0, b.words) === LABEL_BITS;
}

function checkDigest(part: string, computed: Uint8Array, digest: Uint8Array): void {
  if (equalBytes(computed, digest)) return;
  const message = `${part} leads to the digest ${toHex(computed)}, not to ${toHex(digest)}`;
  throw new CoauditError("KEY_PROOF_DIGEST", message, { part, expected: toHex(digest), computed: toHex(computed) });
}

function badPath(part: string, reason: string): CoauditError<"KEY_PROOF_PATH"> {
  return new CoauditError("KEY_PROOF_PATH", `${part}: ${reason}`, { part, reason });
}

function absence(part: string, reason: string): CoauditError<"KEY_PROOF_ABSENCE"> {
  return new CoauditError("KEY_PROOF_ABSENCE", `${part} proves no absence: ${reason}`, { part, reason });
}
