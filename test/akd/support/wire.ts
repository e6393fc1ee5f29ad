/** Protobuf by hand, to write proofs as no honest directory does. */
import { concat } from "../../../src/core/bytes.ts";

export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Uint8Array.from([...bytes, value]);
}

export function delimited(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return concat(Uint8Array.of(tag), varint(body.length), body);
}

export const labelValue = (bytes: Uint8Array): Uint8Array => delimited(0x0a, bytes);
export const labelLength = (bits: number): Uint8Array => concat(Uint8Array.of(0x10), varint(bits));
export const label = (...fields: Uint8Array[]): Uint8Array => delimited(0x0a, ...fields);
export const value = (bytes: Uint8Array = new Uint8Array(32).fill(7)): Uint8Array => delimited(0x12, bytes);
export const inserted = (...fields: Uint8Array[]): Uint8Array => delimited(0x0a, ...fields);
export const unchanged = (...fields: Uint8Array[]): Uint8Array => delimited(0x12, ...fields);

/** A full label that starts with the bytes given and ends in a 1, so that no zero bytes are dropped. */
export function fullLabel(...start: number[]): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes.set(start);
  bytes[31] = 1;
  return bytes;
}

/** The fields of a well-formed leaf. */
export function leaf(...start: number[]): [Uint8Array, Uint8Array] {
  return [label(labelValue(fullLabel(...start)), labelLength(256)), value()];
}

/** The fields of a well-formed node with a label of whole bytes, the last of them not zero. */
export function node(...bytes: number[]): [Uint8Array, Uint8Array] {
  return [label(labelValue(Uint8Array.from(bytes)), labelLength(8 * bytes.length)), value()];
}
