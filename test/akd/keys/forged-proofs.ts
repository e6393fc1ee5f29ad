/**
 * Proofs that the rules of akd_core 0.13.0 accept and a tree contradicts, made from right ones by whoever knows the VRF
 * proofs.
 */
import type { KeyHashing } from "../../../src/akd/keys/key-hashing.ts";
import type { MembershipProof, NonMembershipProof, TreeElement } from "../../../src/akd/keys/key-proofs.ts";

interface RootNode {
  readonly root: TreeElement;
  readonly children: readonly [TreeElement, TreeElement];
}

/** The root and its two children, as a path of at least one step shows them. */
export function rootOf({ tree }: KeyHashing, proof: MembershipProof): RootNode {
  const input = ({ label, value }: TreeElement) => tree.childInput(value, label.words, 0, label.lengthBits);
  const parent = (direction: 0 | 1, on: TreeElement, beside: TreeElement) =>
    direction === 0 ? tree.parentValue(input(on), input(beside)) : tree.parentValue(input(beside), input(on));
  let node: TreeElement = proof;
  for (const { parent: label, sibling, direction } of proof.steps.slice(1).toReversed())
    node = { label, value: parent(direction, node, sibling) };
  const { parent: label, sibling, direction } = proof.steps[0]!;
  return {
    root: { label, value: parent(direction, node, sibling) },
    children: direction === 0 ? [node, sibling] : [sibling, node],
  };
}

/** "This leaf does not exist": the root is a prefix of its label, and neither child of the root is its label. */
export function absenceAtTheRoot(hashing: KeyHashing, proof: MembershipProof): NonMembershipProof {
  const { root, children } = rootOf(hashing, proof);
  const prefixProof = { part: "forged", ...root, steps: [] };
  return { part: "forged", label: proof.label, longestPrefix: root.label, children, prefixProof };
}

/** "This leaf exists": no sibling, and the root's own value. */
export function emptyPath(hashing: KeyHashing, proof: MembershipProof): MembershipProof {
  return { ...proof, value: rootOf(hashing, proof).root.value, steps: [] };
}
