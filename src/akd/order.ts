/** Sorts the elements of a proof by label and refuses sets of labels that no tree can hold. */
import { CoauditError } from "../core/errors.ts";
import type { ProofElements } from "./decode.ts";
import { commonPrefix, compareLabels, labelHex } from "./label.ts";

/**
 * The indices of all elements in the order of their labels, a shorter label before its extensions.
 *
 * Throws PROOF_DUPLICATE_LABEL or PROOF_LABEL_PREFIX: a label that comes twice, or is a prefix of another, would let a provider show
 * one subtree as unchanged and replace parts of it (the flaw in akd up to 0.12.0). Looking at neighbours is enough, since everything
 * between a label and an extension of it extends it too.
 */
export function sortedOrder(elements: ProofElements): Uint32Array {
  const { count, labels, lengths } = elements;
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  order.sort((a, b) => compareLabels(labels, a, b) || (lengths[a] as number) - (lengths[b] as number) || a - b);
  for (let i = 1; i < count; i++) {
    const shorter = order[i - 1] as number;
    const longer = order[i] as number;
    const lengthBits = lengths[shorter] as number;
    if (commonPrefix(labels, shorter, longer) < lengthBits) continue;
    if (lengths[longer] === lengthBits) throw duplicate(elements, shorter, longer);
    throw prefix(elements, shorter, longer);
  }
  return order;
}

function duplicate(elements: ProofElements, first: number, second: number): CoauditError {
  const label = labelHex(elements.labels, first);
  const lists = [first, second].map((element) => (element < elements.inserted ? "inserted" : "unchanged")).join("/");
  return new CoauditError("PROOF_DUPLICATE_LABEL", `elements ${first} and ${second} (${lists}) have label ${label}`, {
    elements: [first, second],
    lists,
    label,
    lengthBits: elements.lengths[first] as number,
  });
}

function prefix(elements: ProofElements, shorter: number, longer: number): CoauditError {
  const label = labelHex(elements.labels, shorter);
  const lengthBits = elements.lengths[shorter] as number;
  const message = `element ${shorter} (first ${lengthBits} bits of ${label}) is an ancestor of element ${longer}`;
  return new CoauditError("PROOF_LABEL_PREFIX", message, {
    elements: [shorter, longer],
    label,
    lengthBits,
    longerLabel: labelHex(elements.labels, longer),
  });
}
