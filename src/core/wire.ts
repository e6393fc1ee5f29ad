/**
 * The few pieces of protobuf that our messages use: varint (wire type 0) and length-delimited (wire type 2).
 *
 * Canonical means: fields in ascending order, zero and empty values left out, minimal varints: what any proto3 library
 * writes. The decoders of messages check it by encoding again and comparing.
 */
import { concat, fromUtf8, utf8 } from "./bytes.ts";
import { CoauditError } from "./errors.ts";
import { MAX_NUMBER } from "./numbers.ts";

const WIRE_VARINT = 0;
const WIRE_BYTES = 2;

export class ProtoWriter {
  readonly #parts: Uint8Array[] = [];

  /** A whole number from 0 to 2^53-1; 0 is left out. */
  uint(field: number, value: number): this {
    return value === 0 ? this : this.presentUint(field, value);
  }

  /** As uint, for proto2, where 0 is written too. */
  presentUint(field: number, value: number): this {
    this.#parts.push(varint(field * 8 + WIRE_VARINT), varint(value));
    return this;
  }

  /** Empty values are left out. */
  bytes(field: number, value: Uint8Array | undefined): this {
    return value === undefined || value.length === 0 ? this : this.element(field, value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, utf8(value));
  }

  /** An element of a repeated field, or a nested message: written even when empty. */
  element(field: number, value: Uint8Array): this {
    this.#parts.push(varint(field * 8 + WIRE_BYTES), varint(value.length), value);
    return this;
  }

  finish(): Uint8Array {
    return concat(...this.#parts);
  }
}

export interface ProtoField {
  readonly field: number;
  readonly offset: number;
  /** For a varint field. */
  readonly number?: number;
  /** For a length-delimited field: a view into the message. */
  readonly bytes?: Uint8Array;
}

/**
 * The fields of a message, in order. `what` names the message in errors. Throws ENCODING_INVALID (truncated, over-long
 * varint, other wire type) and NUMBER_OUT_OF_RANGE (past 2^53-1).
 */
export function* readFields(message: Uint8Array, what: string): Generator<ProtoField, void, undefined> {
  let offset = 0;
  while (offset < message.length) {
    const start = offset;
    const tag = readVarint(message, offset, what);
    offset = tag.next;
    const field = Math.floor(tag.value / 8);
    const wireType = tag.value % 8;
    if (wireType === WIRE_VARINT) {
      const value = readVarint(message, offset, what);
      offset = value.next;
      yield { field, offset: start, number: value.value };
    } else if (wireType === WIRE_BYTES) {
      const length = readVarint(message, offset, what);
      offset = length.next + length.value;
      if (offset > message.length) throw invalid(what, start, "a field runs past the end");
      yield { field, offset: start, bytes: message.subarray(length.next, offset) };
    } else {
      throw invalid(what, start, `wire type ${wireType} is not used here`);
    }
  }
}

/** Collects the fields of one message by number and hands them out typed; unknown fields are an error. */
export class ProtoMessage {
  readonly #what: string;
  readonly #fields: Map<number, ProtoField[]> = new Map();

  constructor(message: Uint8Array, what: string, knownFields: readonly number[]) {
    this.#what = what;
    for (const item of readFields(message, what)) {
      if (!knownFields.includes(item.field)) throw invalid(what, item.offset, `field ${item.field} is unknown`);
      const list = this.#fields.get(item.field);
      if (list) list.push(item);
      else this.#fields.set(item.field, [item]);
    }
  }

  has(field: number): boolean {
    return this.#fields.has(field);
  }

  uint(field: number): number {
    const item = this.#single(field);
    if (item === undefined) return 0;
    if (item.number === undefined) throw invalid(this.#what, item.offset, `field ${field} is not a number`);
    return item.number;
  }

  /** The field's bytes, copied out of the message; empty when absent. */
  bytes(field: number): Uint8Array {
    const item = this.#single(field);
    return item === undefined ? new Uint8Array() : this.#bytesOf(item).slice();
  }

  /** Exactly `sizeBytes` bytes, or an error. */
  fixed(field: number, sizeBytes: number): Uint8Array {
    const value = this.bytes(field);
    if (value.length !== sizeBytes) {
      const offset = this.#fields.get(field)?.[0]?.offset ?? 0;
      throw invalid(this.#what, offset, `field ${field} has ${value.length} bytes, expected ${sizeBytes}`);
    }
    return value;
  }

  string(field: number): string {
    return fromUtf8(this.bytes(field), `${this.#what} field ${field}`);
  }

  list(field: number): Uint8Array[] {
    return (this.#fields.get(field) ?? []).map((item) => this.#bytesOf(item).slice());
  }

  #single(field: number): ProtoField | undefined {
    const items = this.#fields.get(field);
    if (items !== undefined && items.length > 1) {
      throw invalid(this.#what, items[1]?.offset ?? 0, `field ${field} is repeated`);
    }
    return items?.[0];
  }

  #bytesOf(item: ProtoField): Uint8Array {
    if (item.bytes === undefined) throw invalid(this.#what, item.offset, `field ${item.field} is not bytes`);
    return item.bytes;
  }
}

export function varint(value: number): Uint8Array {
  if (value < 128) return Uint8Array.of(value);
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Throws ENCODING_INVALID if truncated, longer than 10 bytes or not minimal; NUMBER_OUT_OF_RANGE past 2^53-1. */
export function readVarint(bytes: Uint8Array, offset: number, what: string): { value: number; next: number } {
  // Tags, lengths and most numbers: without big integers, which take 0.5 us.
  const first = bytes[offset];
  if (first !== undefined && first < 128) return { value: first, next: offset + 1 };
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[offset + i];
    if (byte === undefined) throw invalid(what, offset, "a number is truncated");
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) {
      if (byte === 0 && i > 0) throw invalid(what, offset, "a number is not minimally encoded");
      return { value: toNumber(value, what), next: offset + i + 1 };
    }
  }
  throw invalid(what, offset, "a number is longer than 10 bytes");
}

function toNumber(value: bigint, what: string): number {
  if (value <= BigInt(MAX_NUMBER)) return Number(value);
  throw new CoauditError("NUMBER_OUT_OF_RANGE", `${what} ${value} is above the limit 2^53-1 (${MAX_NUMBER})`, {
    field: what,
    value: String(value),
    min: 0,
    max: MAX_NUMBER,
  });
}

function invalid(what: string, offset: number, reason: string): CoauditError<"ENCODING_INVALID"> {
  return new CoauditError("ENCODING_INVALID", `${what}: ${reason} (byte ${offset})`, { what, offset });
}
