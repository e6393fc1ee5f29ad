/** Proofs that are wrong in many ways, made from a right one. */
import { blake3 } from "@noble/hashes/blake3.js";
import { type ConfigurationName, treeHashing } from "../../../src/akd/configuration.ts";
import { decodeProof } from "../../../src/akd/decode.ts";
import { encodeProof, type ProofElement } from "../../../src/akd/encode.ts";
import { LABEL_BITS, labelBit, storeLabel, writePrefix } from "../../../src/akd/label.ts";
import { rootDigest } from "../../../src/akd/trie.ts";
import type { ProofRequest } from "../../../src/akd/verify.ts";
import { compareBytes, concat, u32be } from "../../../src/core/bytes.ts";
import { type Random, randomBelow } from "../../../src/core/clock.ts";
import type { Question } from "./oracle.ts";

export interface Lists {
  inserted: ProofElement[];
  unchanged: ProofElement[];
}

export function listsOf(proof: Uint8Array): Lists {
  const { count, inserted, labels, lengths, values } = decodeProof(proof);
  const all = Array.from({ length: count }, (_, index): ProofElement => {
    const label = new Uint8Array(32);
    writePrefix(labels, index, LABEL_BITS, label, 0);
    return { label, lengthBits: lengths[index]!, value: values.slice(32 * index, 32 * index + 32) };
  });
  return { inserted: all.slice(0, inserted), unchanged: all.slice(inserted) };
}

/**
 * The digest of a tree of these elements in the crate's reading, which takes labels as they come: with bits past their
 * length, and inserted ones of any length. Labels must otherwise be prefix-free.
 */
export function lenientDigest(request: ProofRequest, { inserted, unchanged }: Lists): Uint8Array {
  const hashing = treeHashing(request.configuration);
  const leaves = [
    ...inserted.map((element) => ({ ...element, value: hashing.insertedValue(element.value, request.epoch) })),
    ...unchanged,
  ].sort((a, b) => compareBytes(a.label, b.label));
  const labels = new Uint32Array(8 * leaves.length);
  for (const [index, { label }] of leaves.entries()) storeLabel(labels, index, label);
  const inputs = concat(...leaves.map((leaf) => lenientInput(request.configuration, leaf)));
  return rootDigest(hashing, { labels, inputs }, Uint32Array.from(leaves.keys()));
}

function lenientInput(configuration: ConfigurationName, { label, lengthBits, value }: ProofElement): Uint8Array {
  const labelInput = concat(u32be(lengthBits), label);
  return configuration === "experimental" ? concat(value, labelInput) : blake3(concat(value, blake3(labelInput)));
}

/** One random change of bytes, elements, epoch or digests; the claimed digests stay those of the right proof. */
export function randomMutation({ request, proof }: Question, random: Random): Question {
  const lists = listsOf(proof);
  const kind = randomBelow(random, 11);
  const [from, other] =
    randomBelow(random, 2) === 0 ? [lists.inserted, lists.unchanged] : [lists.unchanged, lists.inserted];
  const at = randomBelow(random, from.length);
  const element = from[at];
  const written = (name: string): Question => ({ name, request, proof: encodeProof(lists.inserted, lists.unchanged) });
  if (kind === 0 || element === undefined)
    return { name: "a bit flipped", request, proof: withBitFlipped(proof, random) };
  if (kind === 1) return { name: "cut", request, proof: proof.subarray(0, randomBelow(random, proof.length)) };
  if (kind === 2) return { name: "another epoch", request: { ...request, epoch: request.epoch + 1 }, proof };
  if (kind === 3)
    return { name: "from flipped", request: { ...request, from: withBitFlipped(request.from, random) }, proof };
  if (kind === 4) return { name: "to flipped", request: { ...request, to: withBitFlipped(request.to, random) }, proof };
  if (kind === 5) {
    from.splice(at, 1);
    return written("an element left out");
  }
  if (kind === 6) {
    from.push(element);
    return written("an element twice in its list");
  }
  if (kind === 7) {
    other.push(element);
    return written("an element in both lists");
  }
  if (kind === 8) {
    from.splice(at, 1);
    other.push(element);
    return written("an element moved to the other list");
  }
  if (kind === 9) {
    from[at] = { ...element, value: withBitFlipped(element.value, random) };
    return written("a value changed");
  }
  from.reverse();
  return written("a list the other way round");
}

/**
 * Labels that no tree can hold, with the digests that a verifier would compute that ignored the flaw one way or the
 * other.
 */
export function impossibleSets({ request, proof }: Question): Question[] {
  const { inserted, unchanged } = listsOf(proof);
  const node = unchanged.find(({ lengthBits }) => lengthBits < LABEL_BITS);
  const leaf = inserted[0];
  if (node === undefined || leaf === undefined) return [];
  const below = { ...leaf, label: belowOf(node, leaf.label) };
  const replaced = { inserted: [...inserted, below], unchanged: unchanged.filter((element) => element !== node) };
  const ignored = { inserted, unchanged };
  const changed = { ...leaf, value: leaf.value.map((byte) => byte ^ 1) };
  const at = (name: string, to: Uint8Array, lists: Lists): Question => ({
    name,
    request: { ...request, to },
    proof: encodeProof(lists.inserted, lists.unchanged),
  });
  return [
    at("a leaf below an unchanged node, the node replaced", lenientDigest(request, replaced), {
      inserted: [...inserted, below],
      unchanged,
    }),
    at("a leaf below an unchanged node, the leaf ignored", lenientDigest(request, ignored), {
      inserted: [...inserted, below],
      unchanged,
    }),
    at("a leaf inserted twice with two values, the first taken", lenientDigest(request, ignored), {
      inserted: [...inserted, changed],
      unchanged,
    }),
    at(
      "a leaf inserted twice with two values, the second taken",
      lenientDigest(request, { inserted: [changed, ...inserted.slice(1)], unchanged }),
      { inserted: [...inserted, changed], unchanged },
    ),
    at("the same node twice", request.to, { inserted, unchanged: [...unchanged, node] }),
  ];
}

/**
 * The two things that an honest directory never writes, the crate accepts and we refuse, with the digests that the
 * crate computes.
 */
export function toleratedByTheCrate({ request, proof }: Question): Question[] {
  const { inserted, unchanged } = listsOf(proof);
  const node = unchanged.find(({ lengthBits }) => lengthBits < LABEL_BITS);
  const leaf = inserted.at(-1);
  if (node === undefined || leaf === undefined) return [];
  const label = node.label.slice();
  label[31]! |= 1;
  const junk = { inserted, unchanged: unchanged.map((element) => (element === node ? { ...node, label } : element)) };
  const shortLabel = leaf.label.slice();
  shortLabel[31]! = 0;
  const short = { inserted: [...inserted.slice(0, -1), { ...leaf, label: shortLabel, lengthBits: 248 }], unchanged };
  return [
    {
      name: "bits past the length",
      request: {
        ...request,
        from: lenientDigest(request, { inserted: [], unchanged: junk.unchanged }),
        to: lenientDigest(request, junk),
      },
      proof: encodeProof(junk.inserted, junk.unchanged),
    },
    {
      name: "a short inserted label",
      request: { ...request, to: lenientDigest(request, short) },
      proof: encodeProof(short.inserted, short.unchanged),
    },
  ];
}

/** The bits of `node` and behind them those of `label`. */
function belowOf(node: ProofElement, label: Uint8Array): Uint8Array {
  const words = new Uint32Array(16);
  storeLabel(words, 0, node.label);
  storeLabel(words, 1, label);
  const bytes = new Uint8Array(32);
  for (let bit = 0; bit < LABEL_BITS; bit++) {
    bytes[bit >>> 3]! |= labelBit(words, bit < node.lengthBits ? 0 : 1, bit) << (7 - (bit & 7));
  }
  return bytes;
}

function withBitFlipped(bytes: Uint8Array, random: Random): Uint8Array {
  const bit = randomBelow(random, 8 * bytes.length);
  return bytes.map((byte, index) => (index === bit >>> 3 ? byte ^ (1 << (bit & 7)) : byte));
}
