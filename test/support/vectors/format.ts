/**
 * The shape of test/vectors/*.json, and protobuf by hand, so that a vector can hold what the codec would never write.
 */
import { concat, toHex, utf8 } from "../../../src/core/bytes.ts";

/** test/vectors/README.md describes the fields. */
export interface BytesVector {
  readonly name: string;
  readonly type: string;
  readonly hex: string;
  /** Zero bytes follow until this size, so that large vectors stay small in the file. */
  readonly padToBytes?: number;
  readonly valid: boolean;
  readonly error?: string;
  readonly fields?: Json;
  /** Of a statement that decodes: whether its signatures are right. */
  readonly signaturesValid?: boolean;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Bytes as lower-case hex, absent fields left out, everything else as it is. */
export function toJson(value: unknown): Json {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value as Json;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, toJson(inner)]));
}

/** One field as it stands in a message. */
export interface RawField {
  readonly field: number;
  /** A number is written as varint, anything else with its length in front. */
  readonly value: bigint | Uint8Array | RawField[];
  /** Bytes instead of the canonical tag, number or length. */
  readonly as?: Uint8Array;
}

export function rawMessage(fields: readonly RawField[]): Uint8Array {
  return concat(...fields.map(rawField));
}

function rawField({ field, value, as }: RawField): Uint8Array {
  if (typeof value === "bigint") return concat(rawVarint(BigInt(field * 8)), as ?? rawVarint(value));
  const bytes = Array.isArray(value) ? rawMessage(value) : value;
  return concat(rawVarint(BigInt(field * 8 + 2)), as ?? rawVarint(BigInt(bytes.length)), bytes);
}

export function rawVarint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return Uint8Array.from([...bytes, Number(value)]);
}

/** The same number in one byte more than it needs. */
export function longVarint(value: bigint): Uint8Array {
  const bytes = rawVarint(value);
  return concat(bytes.subarray(0, -1), Uint8Array.of((bytes.at(-1) ?? 0) | 128, 0));
}

/** `message`'s fields with those of this number replaced: by the values given, or by nothing. */
export function replaceField(
  message: readonly RawField[],
  field: number,
  ...values: (bigint | Uint8Array | string | RawField[])[]
): RawField[] {
  const at = message.findIndex((entry) => entry.field >= field);
  const index = at < 0 ? message.length : at;
  const replaced = values.map((value) => ({ field, value: typeof value === "string" ? utf8(value) : value }));
  const others = (entries: readonly RawField[]): RawField[] => entries.filter((entry) => entry.field !== field);
  return [...others(message.slice(0, index)), ...replaced, ...others(message.slice(index))];
}
