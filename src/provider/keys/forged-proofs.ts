/**
 * Proofs that the rules of akd_core 0.13.0 accept and the tree contradicts; only who knows the VRF's secret key can
 * make them (docs/key-verification.md). Both need no more of the tree than its root's two children.
 */
import type { KeyHashing } from "../../akd/keys/key-hashing.ts";
import type { MembershipProof, NodeLabel, NonMembershipProof, TreeElement } from "../../akd/keys/key-proofs.ts";
import { LABEL_WORDS } from "../../akd/label.ts";

export type RootChildren = readonly [left: TreeElement, right: TreeElement];

/** "This leaf does not exist": the root is a prefix of its label, and neither child of the root is its label. */
export function absenceAtTheRoot(hashing: KeyHashing, children: RootChildren, label: NodeLabel): NonMembershipProof {
  const prefixProof = { part: "forged", ...rootOf(hashing, children), steps: [] };
  return { part: "forged", label, longestPrefix: prefixProof.label, children, prefixProof };
}

/** "This leaf exists": no sibling, and the root's own value. */
export function emptyPath(hashing: KeyHashing, children: RootChildren, label: NodeLabel): MembershipProof {
  return { part: "forged", label, value: rootOf(hashing, children).value, steps: [] };
}

function rootOf({ tree }: KeyHashing, children: RootChildren): TreeElement {
  const [left, right] = children.map(({ label, value }) =>
    tree.childInput(value, label.words, 0, label.lengthBits),
  ) as [Uint8Array, Uint8Array];
  return { label: { words: new Uint32Array(LABEL_WORDS), lengthBits: 0 }, value: tree.parentValue(left, right) };
}
