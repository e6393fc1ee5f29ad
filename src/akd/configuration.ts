/**
 * The two ways in which the akd crate hashes a tree (its configurations), behind one shape.
 *
 * A node contributes some bytes to the hash of its parent: in whatsapp_v1 its edge, H(value || LH(label)), 32 bytes; in
 * experimental value || label, 68 bytes. An interior value is the hash of what its two children contribute. So the trie
 * needs to know no more.
 */
import { blake3 } from "@noble/hashes/blake3.js";
import { concat, u64be, utf8 } from "../core/bytes.ts";
import { LABEL_BYTES, writePrefix } from "./label.ts";

export type ConfigurationName = "whatsapp_v1" | "experimental";
export const CONFIGURATION_NAMES: readonly ConfigurationName[] = ["whatsapp_v1", "experimental"];

export type HashFunction = (input: Uint8Array) => Uint8Array;

export interface TreeHashing {
  /** Size of what one child contributes to its parent. */
  readonly inputBytes: number;
  /** What a missing child contributes; only the root can miss one. */
  readonly emptyInput: Uint8Array;
  /** The root's value while the tree is empty. */
  readonly emptyRootValue: Uint8Array;
  /**
   * The value that the tree stores for a leaf inserted in `epoch`: it is bound to the epoch, an unchanged one is not.
   */
  insertedValue(value: Uint8Array, epoch: number): Uint8Array;
  /** What the node contributes whose label is the first `lengthBits` bits of label `index` (see label.ts). */
  childInput(value: Uint8Array, words: Uint32Array, index: number, lengthBits: number): Uint8Array;
  parentValue(leftInput: Uint8Array, rightInput: Uint8Array): Uint8Array;
  digest(rootValue: Uint8Array): Uint8Array;
}

/** `hash` is BLAKE3-256; tests hand in one that counts. */
export function treeHashing(configuration: ConfigurationName, hash: HashFunction = blake3): TreeHashing {
  return configuration === "whatsapp_v1" ? whatsAppHashing(hash) : experimentalHashing(hash);
}

/** The digest of a tree without leaves: where a directory's first proof starts. */
export function emptyDigest(configuration: ConfigurationName): Uint8Array {
  const hashing = treeHashing(configuration);
  return hashing.digest(hashing.emptyRootValue);
}

const LABEL_INPUT_BYTES = 4 + LABEL_BYTES;
const ROOT_LABEL = new Uint8Array(LABEL_INPUT_BYTES);

function whatsAppHashing(hash: HashFunction): TreeHashing {
  const labelInput = new Uint8Array(LABEL_INPUT_BYTES);
  const emptyRootValue = hash(Uint8Array.of(0));
  const emptyLabelHash = hash(concat(new Uint8Array(4), new Uint8Array(LABEL_BYTES).fill(1)));
  const emptyValue = hash(concat(emptyRootValue, emptyLabelHash));
  const rootLabelHash = hash(ROOT_LABEL);
  return {
    inputBytes: 32,
    emptyInput: hash(concat(emptyValue, emptyLabelHash)),
    emptyRootValue,
    insertedValue: (value, epoch) => hash(concat(value, u64be(epoch))),
    childInput(value, words, index, lengthBits) {
      writeLabel(words, index, lengthBits, labelInput);
      return hash(concat(value, hash(labelInput)));
    },
    parentValue: (leftInput, rightInput) => hash(concat(leftInput, rightInput)),
    digest: (rootValue) => hash(concat(rootValue, rootLabelHash)),
  };
}

function experimentalHashing(hash: HashFunction): TreeHashing {
  const domain = utf8("ExampleLabel");
  const label = new Uint8Array(LABEL_INPUT_BYTES);
  const emptyLabel = new Uint8Array(LABEL_INPUT_BYTES);
  emptyLabel[4] = 1;
  const emptyRootValue = new Uint8Array(32);
  return {
    inputBytes: 32 + LABEL_INPUT_BYTES,
    emptyInput: concat(emptyRootValue, emptyLabel),
    emptyRootValue,
    insertedValue: (value, epoch) => hash(concat(domain, value, u64be(epoch))),
    childInput(value, words, index, lengthBits) {
      writeLabel(words, index, lengthBits, label);
      return concat(value, label);
    },
    parentValue: (leftInput, rightInput) => hash(concat(domain, leftInput, rightInput)),
    digest: (rootValue) => rootValue,
  };
}

/** u32be(length) || 32 bytes, the form in which both configurations hash a label. */
function writeLabel(words: Uint32Array, index: number, lengthBits: number, target: Uint8Array): void {
  target[2] = lengthBits >>> 8;
  target[3] = lengthBits;
  writePrefix(words, index, lengthBits, target, 4);
}
