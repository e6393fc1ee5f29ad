/** Writes audit blobs in the one form that decode.ts accepts: what real directories publish. */
import { concat, joinBytes } from "../core/bytes.ts";

export interface ProofElement {
  /** 32 bytes, zero past `lengthBits`. */
  label: Uint8Array;
  lengthBits: number;
  /** 32 bytes: a commitment for an inserted leaf, the stored value for an unchanged node. */
  value: Uint8Array;
}

export function encodeProof(inserted: readonly ProofElement[], unchanged: readonly ProofElement[]): Uint8Array {
  return joinBytes([
    ...inserted.map((element) => delimited(0x0a, encodeElement(element))),
    ...unchanged.map((element) => delimited(0x12, encodeElement(element))),
  ]);
}

function encodeElement({ label, lengthBits, value }: ProofElement): Uint8Array {
  let labelBytes = label.length;
  while (labelBytes > 0 && label[labelBytes - 1] === 0) labelBytes--;
  const labelMessage = concat(delimited(0x0a, label.subarray(0, labelBytes)), Uint8Array.of(0x10), varint(lengthBits));
  return concat(delimited(0x0a, labelMessage), delimited(0x12, value));
}

function delimited(tag: number, bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(tag), varint(bytes.length), bytes);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128; value >>>= 7) bytes.push((value & 127) | 128);
  return Uint8Array.from([...bytes, value]);
}
