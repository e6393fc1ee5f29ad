/** Sorts the elements of a proof by label and refuses sets of labels that no tree can hold. */
import { CoauditError } from "../core/errors.ts";
import type { ProofElements } from "./decode.ts";
import { commonPrefix, compareLabels, labelHex } from "./label.ts";

/**
 * The indices of all elements in the order of their labels, a shorter label before its extensions.
 *
 * Throws PROOF_DUPLICATE_LABEL or PROOF_LABEL_PREFIX: a label that comes twice, or is a prefix of another, would let a
 * provider show one subtree as unchanged and replace parts of it (the flaw in akd up to 0.12.0). Looking at neighbours
 * is enough, since everything between a label and an extension of it extends it too.
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
    throw labelConflict(described(elements, shorter), described(elements, longer));
  }
  return order;
}

/** An element as errors show it. */
export interface DescribedElement {
  /** Its place in the proof. */
  readonly element: number;
  readonly isInserted: boolean;
  /** Hex of its 32 bytes. */
  readonly label: string;
  readonly lengthBits: number;
}

/** What is wrong with two elements of which the first one's label is a prefix of the second one's, or the same. */
export function labelConflict(shorter: DescribedElement, longer: DescribedElement): CoauditError {
  const { label, lengthBits } = shorter;
  const elements: [number, number] = [shorter.element, longer.element];
  if (lengthBits === longer.lengthBits) {
    const lists = [shorter, longer].map(({ isInserted }) => (isInserted ? "inserted" : "unchanged")).join("/");
    const message = `elements ${shorter.element} and ${longer.element} (${lists}) have label ${label}`;
    return new CoauditError("PROOF_DUPLICATE_LABEL", message, { elements, lists, label, lengthBits });
  }
  const message = `element ${shorter.element} (first ${lengthBits} bits of ${label}) is an ancestor of element ${longer.element}`;
  return new CoauditError("PROOF_LABEL_PREFIX", message, { elements, label, lengthBits, longerLabel: longer.label });
}

function described({ labels, lengths, inserted }: ProofElements, element: number): DescribedElement {
  const label = labelHex(labels, element);
  return { element, isInserted: element < inserted, label, lengthBits: lengths[element] as number };
}
