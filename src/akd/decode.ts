/**
 * The strict decoder of audit blobs: `SingleAppendOnlyProof` of the akd crate's types.proto, as real directories write
 * it.
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

/**
 * Throws a PROOF_ error at the first byte that is not canonical. Takes time and memory linear in the size of the proof.
 */
export function decodeProof(proof: Uint8Array): ProofElements {
  const capacity = Math.floor(proof.length / SMALLEST_ELEMENT_BYTES) + 1;
  const elements = room(capacity);
  const reader = new WireReader(proof);
  let inserted = 0;
  let count = 0;
  for (; reader.offset < proof.length; count++) {
    reader.element = count;
    if (readElement(reader, elements, count, count > inserted)) inserted++;
  }
  return { count, inserted, ...elements };
}

/** How far a proof was read by somebody else. */
export interface ProofPlace {
  /** Bytes before this place. */
  readonly offset: number;
  /** Elements before it, and whether one of them is unchanged. */
  readonly element: number;
  readonly isPastInserted: boolean;
}

/**
 * Throws the PROOF_ error that decodeProof throws for a proof whose element at `place` is not canonical. `first`: the
 * bytes from there on, MOST_BYTES_READ of them where there are so many; `restBytes`: how many there are in all. Returns
 * the place behind that element when it is canonical.
 */
export function checkElement(first: Uint8Array, place: ProofPlace, restBytes: number): ProofPlace {
  const reader = new WireReader(first, place.offset, restBytes);
  reader.element = place.element;
  const isInserted = readElement(reader, room(1), 0, place.isPastInserted);
  return { offset: place.offset + reader.offset, element: place.element + 1, isPastInserted: !isInserted };
}

type Columns = Pick<ProofElements, "labels" | "lengths" | "values">;

function room(capacity: number): Columns {
  return {
    labels: new Uint32Array(capacity * LABEL_WORDS),
    lengths: new Uint16Array(capacity),
    values: new Uint8Array(capacity * VALUE_BYTES),
  };
}

/** Reads the next element into row `row` and says whether it is an inserted one. */
function readElement(reader: WireReader, elements: Columns, row: number, isPastInserted: boolean): boolean {
  const { labels, lengths, values } = elements;
  reader.isInsideElement = false;
  const start = reader.offset;
  const proofEnd = reader.end;
  const isInserted = reader.anyField(PROOF, proofEnd) === INSERTED;
  if (isInserted && isPastInserted) {
    const at = reader.at(start);
    const message = `byte ${at.offset} (element ${at.element}): an inserted element after an unchanged one`;
    throw new CoauditError("PROOF_FIELD_ORDER", message, { ...at, field: "inserted" });
  }
  const elementEnd = reader.length(proofEnd) + reader.offset;
  reader.isInsideElement = true;
  reader.field(ELEMENT, 1, elementEnd);
  const labelEnd = reader.length(elementEnd) + reader.offset;
  readLabelValue(reader, labelEnd, labels, row);
  const lengthBits = readLabelLength(reader, labelEnd, labels, row);
  lengths[row] = lengthBits;
  reader.finish(LABEL, labelEnd);
  if (isInserted && lengthBits !== LABEL_BITS) throw shortInserted(reader.at(start), labelHex(labels, row), lengthBits);
  reader.field(ELEMENT, 2, elementEnd);
  values.set(readValue(reader, elementEnd), row * VALUE_BYTES);
  reader.finish(ELEMENT, elementEnd);
  return isInserted;
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

function readLabelValue(reader: WireReader, end: number, labels: Uint32Array, row: number): void {
  const at = reader.at(reader.offset);
  reader.field(LABEL, 1, end);
  const sizeBytes = reader.length(end);
  if (sizeBytes > LABEL_BYTES) {
    const message = `byte ${at.offset} (element ${at.element}): a label of ${sizeBytes} bytes; the maximum is 32`;
    throw new CoauditError("PROOF_LABEL_TOO_LONG", message, { ...at, sizeBytes });
  }
  const bytes = reader.bytes.subarray(reader.offset, reader.offset + sizeBytes);
  if (bytes[sizeBytes - 1] === 0) {
    const message = `byte ${at.offset} (element ${at.element}): a label with trailing zero bytes`;
    throw new CoauditError("PROOF_LABEL_TRAILING_ZERO", message, at);
  }
  storeLabel(labels, row, bytes);
  reader.offset += sizeBytes;
}

function readLabelLength(reader: WireReader, end: number, labels: Uint32Array, row: number): number {
  const at = reader.at(reader.offset);
  reader.field(LABEL, 2, end);
  const lengthBits = reader.varint(end);
  if (lengthBits === 0 || lengthBits > LABEL_BITS) {
    const message = `byte ${at.offset} (element ${at.element}): a label length of ${lengthBits} bits; it must be 1 to 256`;
    throw new CoauditError("PROOF_LABEL_LENGTH", message, { ...at, lengthBits });
  }
  if (hasBitsPast(labels, row, lengthBits)) {
    const label = labelHex(labels, row);
    const message = `byte ${at.offset} (element ${at.element}): label ${label} has bits set past its length of ${lengthBits}`;
    throw new CoauditError("PROOF_LABEL_BITS_PAST_LENGTH", message, { ...at, label, lengthBits });
  }
  return lengthBits;
}

function readValue(reader: WireReader, end: number): Uint8Array {
  const at = reader.at(reader.offset);
  const sizeBytes = reader.length(end);
  if (sizeBytes !== VALUE_BYTES) {
    const message = `byte ${at.offset} (element ${at.element}): a value of ${sizeBytes} bytes instead of 32`;
    throw new CoauditError("PROOF_VALUE_SIZE", message, { ...at, sizeBytes });
  }
  reader.offset += VALUE_BYTES;
  return reader.bytes.subarray(reader.offset - VALUE_BYTES, reader.offset);
}

function shortInserted(at: { offset: number; element: number }, label: string, lengthBits: number): CoauditError {
  const message = `byte ${at.offset} (element ${at.element}): an inserted label of ${lengthBits} bits; leaves have 256`;
  return new CoauditError("PROOF_INSERTED_LABEL_SHORT", message, { ...at, label, lengthBits });
}
