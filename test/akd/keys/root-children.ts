import type { KeyHashing } from "../../../src/akd/keys/key-hashing.ts";
import type { MembershipProof, TreeElement } from "../../../src/akd/keys/key-proofs.ts";
import type { RootChildren } from "../../../src/provider/keys/forged-proofs.ts";

/** The root's two children, as a path of at least one step shows them. */
export function rootChildren({ tree }: KeyHashing, proof: MembershipProof): RootChildren {
  const input = ({ label, value }: TreeElement) => tree.childInput(value, label.words, 0, label.lengthBits);
  let node: TreeElement = proof;
  for (const { parent: label, sibling, direction } of proof.steps.slice(1).toReversed()) {
    const inputs = [input(node), input(sibling)] as const;
    node = { label, value: tree.parentValue(inputs[direction]!, inputs[1 - direction]!) };
  }
  const { sibling, direction } = proof.steps[0]!;
  return direction === 0 ? [node, sibling] : [sibling, node];
}
