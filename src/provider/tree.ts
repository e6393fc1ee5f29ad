/**
 * A live AKD tree: batches of leaves in, one append-only proof an epoch out, as a real directory publishes them.
 *
 * Nodes are immutable and a publication copies only the paths that change, so a fork costs nothing and two histories
 * share what they have in common.
 */
import { type ConfigurationName, type TreeHashing, treeHashing } from "../akd/configuration.ts";
import { encodeProof, type ProofElement } from "../akd/encode.ts";
import {
  commonPrefix,
  compareLabels,
  LABEL_BITS,
  LABEL_BYTES,
  LABEL_WORDS,
  labelBit,
  storeLabel,
  writePrefix,
} from "../akd/label.ts";
import { toHex } from "../core/bytes.ts";
import { CoauditError } from "../core/errors.ts";

export interface TreeEntry {
  /** 32 bytes, new to the tree. A real directory takes them from its VRF. */
  label: Uint8Array;
  /** 32 bytes. A real directory's are commitments. */
  value: Uint8Array;
}

export interface Publication {
  epoch: number;
  /** Digest of the epoch before. */
  previous: Uint8Array;
  /** Digest of `epoch`. */
  current: Uint8Array;
  /** The audit blob that leads from `previous` to `current`. */
  proof: Uint8Array;
}

export class AkdTree {
  readonly configuration: ConfigurationName;
  readonly #hashing: TreeHashing;
  #epoch = 0;
  #root: Children = {};
  #digest: Uint8Array;

  constructor(configuration: ConfigurationName) {
    this.configuration = configuration;
    this.#hashing = treeHashing(configuration);
    this.#digest = rootDigest(this.#hashing, this.#root);
  }

  /** 0 while nothing was published. */
  get epoch(): number {
    return this.#epoch;
  }

  get digest(): Uint8Array {
    return this.#digest.slice();
  }

  /**
   * Inserts a batch as the next epoch. An empty batch is an epoch with the same digest. Throws TREE_ENTRY_INVALID, and
   * then the tree is as before, for a label or value that has not 32 bytes and for a label that the batch or the tree
   * already has.
   */
  publish(entries: readonly TreeEntry[]): Publication {
    const epoch = this.#epoch + 1;
    const leaves = sortedLeaves(this.#hashing, entries, epoch);
    const root = insertAtRoot(this.#hashing, this.#root, leaves, epoch);
    const previous = this.digest;
    this.#epoch = epoch;
    this.#root = root;
    this.#digest = rootDigest(this.#hashing, root);
    return { epoch, previous, current: this.digest, proof: proofOf(root, epoch) };
  }

  /** The way from the root towards a label of 32 bytes, as far as the tree has it. */
  path(label: Uint8Array): TreePath {
    const wanted = new Uint32Array(LABEL_WORDS);
    storeLabel(wanted, 0, label);
    const steps: PathStep[] = [];
    let parent: Children & PathNode = { ...this.#root, label: new Uint32Array(LABEL_WORDS), lengthBits: 0 };
    for (;;) {
      const direction = labelBit(wanted, 0, parent.lengthBits);
      const [on, beside] = direction === 0 ? [parent.left, parent.right] : [parent.right, parent.left];
      if (on === undefined || commonPrefix(wanted, 0, 0, on.label) < on.lengthBits) {
        const prefix = { label: labelOf(parent), value: interiorValue(this.#hashing, parent) };
        return { kind: "absent", prefix, steps, left: elementOf(parent.left), right: elementOf(parent.right) };
      }
      steps.push({ parent: labelOf(parent), sibling: elementOf(beside), direction });
      if (on.lengthBits === LABEL_BITS) return { kind: "present", value: on.value, steps };
      parent = on;
    }
  }

  /** The root's children; a small tree lacks one of them, or both. */
  children(): { readonly left: PathElement | undefined; readonly right: PathElement | undefined } {
    return { left: elementOf(this.#root.left), right: elementOf(this.#root.right) };
  }

  /** An independent tree with the same history so far; what either publishes next, the other does not see. */
  fork(): AkdTree {
    const other = new AkdTree(this.configuration);
    other.#epoch = this.#epoch;
    other.#root = this.#root;
    other.#digest = this.#digest;
    return other;
  }
}

export interface PathLabel {
  /** Eight words, zero past the length (akd/label.ts). */
  readonly words: Uint32Array;
  readonly lengthBits: number;
}

export interface PathElement {
  readonly label: PathLabel;
  /** 32 bytes, as the tree holds it. */
  readonly value: Uint8Array;
}

export interface PathStep {
  readonly parent: PathLabel;
  /** Undefined for the child that the root lacks. */
  readonly sibling: PathElement | undefined;
  readonly direction: 0 | 1;
}

/** `steps`: from the root down to the leaf, or to the deepest node above the label. */
export type TreePath =
  | { readonly kind: "present"; readonly value: Uint8Array; readonly steps: readonly PathStep[] }
  | {
      readonly kind: "absent";
      /** The deepest node above the label, and its children. */
      readonly prefix: PathElement;
      readonly left: PathElement | undefined;
      readonly right: PathElement | undefined;
      readonly steps: readonly PathStep[];
    };

interface Children {
  readonly left?: Node | undefined;
  readonly right?: Node | undefined;
}

interface Node extends Children {
  /** Eight words, zero past `lengthBits`. */
  readonly label: Uint32Array;
  readonly lengthBits: number;
  /** The hash that later proofs show while the node is unchanged. */
  readonly value: Uint8Array;
  /** What the node contributes to its parent. */
  readonly input: Uint8Array;
  /** The last epoch that changed anything below it. */
  readonly epoch: number;
  /** Of a leaf: the value as its own epoch's proof shows it, before it is bound to the epoch. */
  readonly given?: Uint8Array;
}

type PathNode = Pick<Node, "label" | "lengthBits">;

function sortedLeaves(hashing: TreeHashing, entries: readonly TreeEntry[], epoch: number): Node[] {
  const leaves = entries.map((entry): Node => {
    if (entry.label.length !== LABEL_BYTES || entry.value.length !== 32) {
      const sizes = `${entry.label.length} and ${entry.value.length}`;
      throw entryError(entry.label, `a label and a value have 32 bytes each, not ${sizes}`);
    }
    const label = new Uint32Array(LABEL_WORDS);
    storeLabel(label, 0, entry.label);
    const value = hashing.insertedValue(entry.value, epoch);
    const input = hashing.childInput(value, label, 0, LABEL_BITS);
    return { label, lengthBits: LABEL_BITS, value, input, epoch, given: entry.value.slice() };
  });
  leaves.sort((a, b) => compareLabels(a.label, 0, 0, b.label));
  for (let i = 1; i < leaves.length; i++) {
    const { label } = leaves[i] as Node;
    if (compareLabels(label, 0, 0, (leaves[i - 1] as Node).label) !== 0) continue;
    throw entryError(labelBytes(label), "it appears twice in the batch");
  }
  return leaves;
}

/** The root stays at length 0 whatever is below it, so only its sides are like other subtrees. */
function insertAtRoot(hashing: TreeHashing, root: Children, leaves: readonly Node[], epoch: number): Children {
  const middle = firstWithBit(leaves, 0, leaves.length, 0);
  return {
    left: middle === 0 ? root.left : insert(hashing, root.left, leaves, 0, middle, epoch),
    right: middle === leaves.length ? root.right : insert(hashing, root.right, leaves, middle, leaves.length, epoch),
  };
}

/**
 * The subtree of `node` with leaves from..to-1 (at least one) added. Recursion ends after 256 levels: each one consumes
 * a label bit.
 */
function insert(
  hashing: TreeHashing,
  node: Node | undefined,
  leaves: readonly Node[],
  from: number,
  to: number,
  epoch: number,
): Node {
  const first = leaves[from] as Node;
  if (node === undefined && to - from === 1) return first;
  let depth = commonPrefix(first.label, 0, 0, (leaves[to - 1] as Node).label);
  if (node !== undefined) depth = Math.min(depth, node.lengthBits, commonPrefix(first.label, 0, 0, node.label));
  if (depth === LABEL_BITS) {
    throw entryError(labelBytes(first.label), "it is already in the tree");
  }

  const { left, right } = childrenAt(node, depth);
  const middle = firstWithBit(leaves, from, to, depth);
  return branch(
    hashing,
    first.label,
    depth,
    middle === from ? left : insert(hashing, left, leaves, from, middle, epoch),
    middle === to ? right : insert(hashing, right, leaves, middle, to, epoch),
    epoch,
  );
}

/**
 * What stands below an interior node at `depth` on the way to `node`: its own children, or the node itself on its side.
 */
function childrenAt(node: Node | undefined, depth: number): Children {
  if (node === undefined) return {};
  if (node.lengthBits === depth) return node;
  return labelBit(node.label, 0, depth) === 0 ? { left: node } : { right: node };
}

function branch(
  hashing: TreeHashing,
  below: Uint32Array,
  lengthBits: number,
  left: Node | undefined,
  right: Node | undefined,
  epoch: number,
): Node {
  const label = new Uint32Array(LABEL_WORDS);
  const bytes = new Uint8Array(LABEL_BYTES);
  writePrefix(below, 0, lengthBits, bytes, 0);
  storeLabel(label, 0, bytes);
  const value = interiorValue(hashing, { left, right });
  return { label, lengthBits, value, input: hashing.childInput(value, label, 0, lengthBits), epoch, left, right };
}

function labelOf({ label, lengthBits }: PathNode): PathLabel {
  return { words: label, lengthBits };
}

function elementOf(node: Node | undefined): PathElement | undefined {
  return node === undefined ? undefined : { label: labelOf(node), value: node.value };
}

function interiorValue(hashing: TreeHashing, { left, right }: Children): Uint8Array {
  return hashing.parentValue(left?.input ?? hashing.emptyInput, right?.input ?? hashing.emptyInput);
}

function rootDigest(hashing: TreeHashing, root: Children): Uint8Array {
  const isEmpty = root.left === undefined && root.right === undefined;
  return hashing.digest(isEmpty ? hashing.emptyRootValue : interiorValue(hashing, root));
}

/** Everything that `epoch` inserted, and the largest subtrees that it left alone; both in the order of their labels. */
function proofOf(root: Children, epoch: number): Uint8Array {
  const inserted: ProofElement[] = [];
  const unchanged: ProofElement[] = [];
  const pending = [root.right, root.left];
  while (pending.length > 0) {
    const node = pending.pop();
    if (node === undefined) continue;
    if (node.epoch < epoch) unchanged.push(element(node, node.value));
    else if (node.given !== undefined) inserted.push(element(node, node.given));
    else pending.push(node.right, node.left);
  }
  return encodeProof(inserted, unchanged);
}

function element(node: Node, value: Uint8Array): ProofElement {
  return { label: labelBytes(node.label), lengthBits: node.lengthBits, value };
}

/** Index of the first leaf in from..to-1 whose bit `depth` is 1, or `to`; they are sorted and agree before that bit. */
function firstWithBit(leaves: readonly Node[], from: number, to: number, depth: number): number {
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (labelBit((leaves[middle] as Node).label, 0, depth) === 1) to = middle;
    else from = middle + 1;
  }
  return from;
}

function labelBytes(label: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(LABEL_BYTES);
  writePrefix(label, 0, LABEL_BITS, bytes, 0);
  return bytes;
}

function entryError(labelGiven: Uint8Array, reason: string): CoauditError {
  const label = toHex(labelGiven);
  return new CoauditError("TREE_ENTRY_INVALID", `entry with label ${label}: ${reason}`, { label, reason });
}
