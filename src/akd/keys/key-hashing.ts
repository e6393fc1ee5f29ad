/** How the two configurations of the akd crate hash labels, values and their commitments. */
import { blake3 } from "@noble/hashes/blake3.js";
import { concat, u64be, utf8 } from "../../core/bytes.ts";
import { type ConfigurationName, type TreeHashing, treeHashing } from "../configuration.ts";
import { LABEL_BYTES, LABEL_WORDS, storeLabel } from "../label.ts";
import type { NodeLabel, TreeElement } from "./key-proofs.ts";

/** A label has one leaf for each version that exists, and a second one as soon as that version is retired. */
export type Freshness = "stale" | "fresh";

export interface KeyHashing {
  readonly tree: TreeHashing;
  /** What stands in a proof for the child that the root lacks while every leaf is on its other side. */
  readonly missingChild: TreeElement;
  /** The commitment of every retired version: its leaf says that it is retired, and no more. */
  readonly staleCommitment: Uint8Array;
  /** The input of the VRF whose output is the label of this version's leaf. */
  vrfInput(label: Uint8Array, freshness: Freshness, version: number): Uint8Array;
  commitment(value: Uint8Array, nonce: Uint8Array): Uint8Array;
}

export function keyHashing(configuration: ConfigurationName): KeyHashing {
  const tree = treeHashing(configuration);
  const isWhatsApp = configuration === "whatsapp_v1";
  const domain = isWhatsApp ? new Uint8Array() : utf8("ExampleLabel");
  const hash = (...parts: readonly Uint8Array[]): Uint8Array => blake3(concat(domain, ...parts));
  const missingLabel = isWhatsApp ? new Uint8Array(LABEL_BYTES).fill(1) : Uint8Array.of(1);
  const missingLabelInput = hash(new Uint8Array(4), missingLabel);
  return {
    tree,
    missingChild: {
      label: placeholder(missingLabel),
      value: isWhatsApp ? hash(tree.emptyRootValue, missingLabelInput) : tree.emptyRootValue,
    },
    staleCommitment: tree.emptyRootValue,
    vrfInput: (label, freshness, version) =>
      hash(withLength(label), Uint8Array.of(freshness === "fresh" ? 1 : 0), u64be(version)),
    commitment: (value, nonce) => hash(withLength(value), withLength(nonce)),
  };
}

function placeholder(bytes: Uint8Array): NodeLabel {
  const words = new Uint32Array(LABEL_WORDS);
  storeLabel(words, 0, bytes);
  return { words, lengthBits: 0 };
}

function withLength(bytes: Uint8Array): Uint8Array {
  return concat(u64be(bytes.length), bytes);
}
