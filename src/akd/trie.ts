/** From sorted leaves to the digest of the compressed binary trie above them. */
import type { TreeHashing } from "./configuration.ts";
import { commonPrefix, labelBit } from "./label.ts";

/** Leaves are whatever the tree is built of: real leaves, or whole subtrees that a proof gives by label and value. */
export interface Leaves {
  /** Eight words a leaf (label.ts), zero past its length. */
  readonly labels: Uint32Array;
  /** What each leaf contributes to its parent: `hashing.inputBytes` bytes a leaf. */
  readonly inputs: Uint8Array;
}

/**
 * The digest of the tree over the leaves that `order` names: their labels ascending, none a prefix of another.
 *
 * Two neighbours part at the depth of their common prefix, and that is where the trie has an interior node. One pass
 * keeps a stack of left subtrees that wait for their right sibling; their depths ascend, so it never holds more than
 * 256, whatever the leaves look like.
 */
export function rootDigest(hashing: TreeHashing, leaves: Leaves, order: Uint32Array): Uint8Array {
  const { labels, inputs } = leaves;
  const depths: number[] = [];
  const lefts: Uint8Array[] = [];
  const leafInput = (leaf: number): Uint8Array =>
    inputs.subarray(leaf * hashing.inputBytes, (leaf + 1) * hashing.inputBytes);

  for (let i = 0; i < order.length; i++) {
    const leaf = order[i] as number;
    const next = order[i + 1];
    const partsAt = next === undefined ? -1 : commonPrefix(labels, leaf, next);
    let input = leafInput(leaf);
    for (let depth = depths.at(-1) ?? -1; depth > partsAt; depth = depths.at(-1) ?? -1) {
      depths.pop();
      const value = hashing.parentValue(lefts.pop() as Uint8Array, input);
      if (depth === 0) return hashing.digest(value);
      input = hashing.childInput(value, labels, leaf, depth);
    }
    if (next === undefined) return hashing.digest(oneChildRoot(hashing, input, labelBit(labels, leaf, 0)));
    depths.push(partsAt);
    lefts.push(input);
  }
  return hashing.digest(hashing.emptyRootValue);
}

/** The root exists at length 0 even when all leaves are on one side of it. */
function oneChildRoot(hashing: TreeHashing, input: Uint8Array, side: 0 | 1): Uint8Array {
  return side === 0 ? hashing.parentValue(input, hashing.emptyInput) : hashing.parentValue(hashing.emptyInput, input);
}
