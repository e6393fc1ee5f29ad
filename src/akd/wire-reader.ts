/**
 * Reads the protobuf of audit proofs in its one canonical form: fields in order, each exactly once, minimal varints.
 * What another decoder would guess at is an error with its place, because two decoders that guess differently are two
 * different histories.
 */
import { CoauditError } from "../core/errors.ts";

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const MAX_U32 = 2 ** 32 - 1;
/** How far behind a field that is out of place the missing one is looked for: elements have at most 82 bytes. */
const LOOK_AHEAD_BYTES = 1024;
/** No byte further behind the start of an element is read to say what is wrong with it. */
export const MOST_BYTES_READ = 2048;

/** A message whose fields are numbered 1, 2, ... in this order. */
export interface MessageShape {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly wireType: 0 | 2 }[];
}

export class WireReader {
  readonly bytes: Uint8Array;
  /** Where the next byte is read: an index of `bytes`. */
  offset = 0;
  /** Index of the element being read, for messages only. */
  element = 0;
  /**
   * Set while the reader is inside an element that lies in the proof as a whole: what overruns there is not cut, but
   * lies.
   */
  isInsideElement = false;

  /** How many bytes of the proof come before `bytes`; places in errors count from the start of the proof. */
  readonly skippedBytes: number;
  /** Where the proof ends, as an index of `bytes`: behind them where only the first ones are at hand. */
  readonly end: number;

  constructor(bytes: Uint8Array, skippedBytes = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.skippedBytes = skippedBytes;
    this.end = end;
  }

  /** The place of `offset` in the proof, for errors. */
  at(offset: number): { offset: number; element: number } {
    return { offset: offset + this.skippedBytes, element: this.element };
  }

  /** Reads a tag that may be any field of `shape` and returns the field's number. */
  anyField(shape: MessageShape, end: number): number {
    const start = this.offset;
    const tag = this.varint(end);
    this.#checkTag(shape, tag, start);
    return tag >>> 3;
  }

  /** Reads the tag of field `number` of `shape`, or says what stands in its place. */
  field(shape: MessageShape, number: number, end: number): void {
    const start = this.offset;
    const field = fieldName(shape, number);
    const at = this.at(start);
    if (start >= end) {
      throw new CoauditError("PROOF_FIELD_MISSING", `${this.#place(start)}: ${shape.name} lacks ${field}`, {
        ...at,
        field,
      });
    }
    const found = this.anyField(shape, end);
    if (found === number) return;
    if (found < number) throw this.#repeated(shape, found, start);
    if (this.#comesLater(shape, found, number, end)) {
      throw new CoauditError("PROOF_FIELD_ORDER", `${this.#place(start)}: ${field} must come first in ${shape.name}`, {
        ...at,
        field,
      });
    }
    throw new CoauditError("PROOF_FIELD_MISSING", `${this.#place(start)}: ${shape.name} has no ${field}`, {
      ...at,
      field,
    });
  }

  /** Refuses anything behind the last field of a message. */
  finish(shape: MessageShape, end: number): void {
    if (this.offset === end) return;
    const start = this.offset;
    throw this.#repeated(shape, this.anyField(shape, end), start);
  }

  /** Reads the length of a field and checks that the field lies within its message; returns the length in bytes. */
  length(end: number): number {
    const start = this.offset;
    const length = this.varint(end);
    this.#checkRoom(start, this.offset + length, end);
    return length;
  }

  /** A number up to 2^32-1, in its shortest form. */
  varint(end: number): number {
    const start = this.offset;
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      this.#checkRoom(start, this.offset + 1, end);
      const byte = this.bytes[this.offset++] as number;
      value += (byte & 127) * factor;
      if (value > MAX_U32 || this.offset - start > 5) {
        throw new CoauditError(
          "PROOF_VARINT_TOO_LARGE",
          `${this.#place(start)}: a number above 2^32-1`,
          this.at(start),
        );
      }
      if (byte >= 128) continue;
      if (byte === 0 && factor > 1) {
        throw new CoauditError(
          "PROOF_VARINT_NOT_MINIMAL",
          `${this.#place(start)}: a number that is not minimally encoded`,
          this.at(start),
        );
      }
      return value;
    }
  }

  #checkRoom(start: number, needed: number, end: number): void {
    if (needed <= end) return;
    const at = this.at(start);
    if (!this.isInsideElement) {
      const message = `${this.#place(start)}: the proof ends in the middle of a field (${this.skippedBytes + this.end} bytes in all)`;
      throw new CoauditError("PROOF_TRUNCATED", message, at);
    }
    throw new CoauditError("PROOF_LENGTH_OVERRUN", `${this.#place(start)}: a field runs past its message`, at);
  }

  #checkTag(shape: MessageShape, tag: number, start: number): void {
    const at = this.at(start);
    const number = tag >>> 3;
    if (number === 0) {
      throw new CoauditError("PROOF_TRAILING_BYTES", `${this.#place(start)}: bytes that are not a field`, at);
    }
    const field = shape.fields[number - 1];
    if (field === undefined) {
      throw new CoauditError("PROOF_FIELD_UNKNOWN", `${this.#place(start)}: ${shape.name} has no field ${number}`, {
        ...at,
        message: shape.name,
        fieldNumber: number,
      });
    }
    const wireType = tag & 7;
    if (wireType !== field.wireType) {
      const message = `${this.#place(start)}: ${field.name} has wire type ${wireType} instead of ${field.wireType}`;
      throw new CoauditError("PROOF_WIRE_TYPE", message, { ...at, field: field.name, wireType });
    }
  }

  /**
   * Whether `wanted` follows right behind field `found`, whose tag has just been read: order and absence are different
   * mistakes.
   */
  #comesLater(shape: MessageShape, found: number, wanted: number, end: number): boolean {
    const start = this.offset;
    const wireType = shape.fields[found - 1]?.wireType;
    if (wireType === VARINT) this.varint(end);
    if (wireType === LENGTH_DELIMITED) this.offset = this.length(end) + this.offset;
    if (this.offset - start > LOOK_AHEAD_BYTES) return false;
    return this.offset < end && this.varint(end) >>> 3 === wanted;
  }

  #repeated(shape: MessageShape, number: number, start: number): CoauditError {
    const field = fieldName(shape, number);
    return new CoauditError("PROOF_FIELD_REPEATED", `${this.#place(start)}: ${field} appears twice in ${shape.name}`, {
      ...this.at(start),
      field,
    });
  }

  #place(offset: number): string {
    return `byte ${offset + this.skippedBytes} (element ${this.element})`;
  }
}

function fieldName(shape: MessageShape, number: number): string {
  return shape.fields[number - 1]?.name ?? String(number);
}
