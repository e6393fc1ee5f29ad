/**
 * The strict decoder of audit blobs: `SingleAppendOnlyProof` of the akd crate's types.proto, as real directories write it.
 *
 *     proof    inserted* (0a), then unchanged_nodes* (12)
 *     element  0a L label, 12 20 value
 *     label    0a n label_val (32 bytes without the zero bytes at its end), 10 label_len (bits)
 */
import { CoauditError } from "../core/errors.ts";
import { hasBitsPast, LABEL_BITS, LABEL_BYTES, LABEL_WORDS, labelHex, storeLabel } from "./label.ts";
import { type MessageShape, WireReader } from "./wire-reader.ts";

const VALUE_BYTES = 32;
/** 0a L (0a 04 0a 00 10 01) 12 20 value: the element of a zero label. */
const SMALLEST_ELEMENT_BYTES = 42;

/** All elements of a proof, inserted ones first, each list in the proof's order. */
export interface ProofElements {
  readonly count: number;
  /** How many of them are inserted: elements 0 to inserted-1. */
  readonly inserted: number;
  /** Eight words an element (label.ts). */
  readonly labels: Uint32Array;
  /** Bits, one number an element. */
  readonly lengths: Uint16Array;
  /** 32 bytes an element. */
  readonly values: Uint8Array;
}

/** Throws a PROOF_ error at the first byte that is not canonical. Takes time and memory linear in the size of the proof. */
export function decodeProof(proof: Uint8Array): ProofElements {
  const capacity = Math.floor(proof.length / SMALLEST_ELEMENT_BYTES) + 1;
  const labels = new Uint32Array(capacity * LABEL_WORDS);
  const lengths = new Uint16Array(capacity);
  const values = new Uint8Array(capacity * VALUE_BYTES);
  const reader = new WireReader(proof);
  let inserted = 0;
  let count = 0;
  for (; reader.offset < proof.length; count++) {
    reader.element = count;
    reader.isInsideElement = false;
    const start = reader.offset;
    const isInserted = reader.anyField(PROOF, proof.length) === INSERTED;
    if (isInserted && count > inserted) {
      const message = `byte ${start} (element ${count}): an inserted element after an unchanged one`;
      throw new CoauditError("PROOF_FIELD_ORDER", message, { offset: start, element: count, field: "inserted" });
    }
    if (isInserted) inserted++;
    const elementEnd = reader.length(proof.length) + reader.offset;
    reader.isInsideElement = true;
    reader.field(ELEMENT, 1, elementEnd);
    const labelEnd = reader.length(elementEnd) + reader.offset;
    readLabelValue(reader, labelEnd, labels);
    lengths[count] = readLabelLength(reader, labelEnd, labels);
    reader.finish(LABEL, labelEnd);
    if (isInserted && lengths[count] !== LABEL_BITS) throw shortInserted(start, count, labels, lengths);
    reader.field(ELEMENT, 2, elementEnd);
    values.set(readValue(reader, elementEnd), count * VALUE_BYTES);
    reader.finish(ELEMENT, elementEnd);
  }
  return { count, inserted, labels, lengths, values };
}

const INSERTED = 1;
const PROOF: MessageShape = {
  name: "proof",
  fields: [
    { name: "inserted", wireType: 2 },
    { name: "unchanged_nodes", wireType: 2 },
  ],
};
const ELEMENT: MessageShape = {
  name: "element",
  fields: [
    { name: "label", wireType: 2 },
    { name: "value", wireType: 2 },
  ],
};
const LABEL: MessageShape = {
  name: "label",
  fields: [
    { name: "label_val", wireType: 2 },
    { name: "label_len", wireType: 0 },
  ],
};

function readLabelValue(reader: WireReader, end: number, labels: Uint32Array): void {
  const { element, offset } = reader;
  reader.field(LABEL, 1, end);
  const sizeBytes = reader.length(end);
  if (sizeBytes > LABEL_BYTES) {
    const message = `byte ${offset} (element ${element}): a label of ${sizeBytes} bytes; 32 is the most`;
    throw new CoauditError("PROOF_LABEL_TOO_LONG", message, { offset, element, sizeBytes });
  }
  const bytes = reader.bytes.subarray(reader.offset, reader.offset + sizeBytes);
  if (bytes[sizeBytes - 1] === 0) {
    const message = `byte ${offset} (element ${element}): a label written with zero bytes at its end`;
    throw new CoauditError("PROOF_LABEL_TRAILING_ZERO", message, { offset, element });
  }
  storeLabel(labels, element, bytes);
  reader.offset += sizeBytes;
}

function readLabelLength(reader: WireReader, end: number, labels: Uint32Array): number {
  const { element, offset } = reader;
  reader.field(LABEL, 2, end);
  const lengthBits = reader.varint(end);
  if (lengthBits === 0 || lengthBits > LABEL_BITS) {
    const message = `byte ${offset} (element ${element}): a label length of ${lengthBits} bits; it must be 1 to 256`;
    throw new CoauditError("PROOF_LABEL_LENGTH", message, { offset, element, lengthBits });
  }
  if (hasBitsPast(labels, element, lengthBits)) {
    const label = labelHex(labels, element);
    const message = `byte ${offset} (element ${element}): label ${label} has bits set past its length of ${lengthBits}`;
    throw new CoauditError("PROOF_LABEL_BITS_PAST_LENGTH", message, { offset, element, label, lengthBits });
  }
  return lengthBits;
}

function readValue(reader: WireReader, end: number): Uint8Array {
  const { element, offset } = reader;
  const sizeBytes = reader.length(end);
  if (sizeBytes !== VALUE_BYTES) {
    const message = `byte ${offset} (element ${element}): a value of ${sizeBytes} bytes instead of 32`;
    throw new CoauditError("PROOF_VALUE_SIZE", message, { offset, element, sizeBytes });
  }
  reader.offset += VALUE_BYTES;
  return reader.bytes.subarray(reader.offset - VALUE_BYTES, reader.offset);
}

function shortInserted(offset: number, element: number, labels: Uint32Array, lengths: Uint16Array): CoauditError {
  const lengthBits = lengths[element] as number;
  const message = `byte ${offset} (element ${element}): an inserted label of ${lengthBits} bits; leaves have 256`;
  return new CoauditError("PROOF_INSERTED_LABEL_SHORT", message, {
    offset,
    element,
    label: labelHex(labels, element),
    lengthBits,
  });
}
