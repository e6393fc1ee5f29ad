/**
 * Reads the protobuf of key proofs in its one canonical form: fields in ascending order, minimal numbers, nothing
 * unknown and nothing behind the last field. What another decoder would skip or guess at is KEY_PROOF_ENCODING, with
 * the part and the byte.
 */
import { CoauditError } from "../../core/errors.ts";

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const MAX_VARINT_BYTES = 8;

/** A field as types.proto numbers and names it. */
export interface Field {
  readonly number: number;
  readonly name: string;
}

/** One message within a proof; `part` says which one, as `update_proofs[2].existence_proof`. */
export class ProofReader {
  readonly part: string;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset: number;

  constructor(bytes: Uint8Array, part = "proof", offset = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.part = part;
    this.#offset = offset;
    this.#end = end;
  }

  /** A view of the field's bytes; the proof must not change while it is used. */
  bytes(field: Field): Uint8Array {
    this.#require(field, LENGTH_DELIMITED);
    return this.#delimited(field);
  }

  /** Exactly so many bytes. */
  fixed(field: Field, sizeBytes: number): Uint8Array {
    const value = this.bytes(field);
    if (value.length !== sizeBytes)
      throw this.invalid(`${field.name} has ${value.length} bytes instead of ${sizeBytes}`);
    return value;
  }

  /** 0 to 2^53-1. */
  number(field: Field): number {
    this.#require(field, VARINT);
    return this.#varint(field.name);
  }

  message(field: Field): ProofReader {
    this.#require(field, LENGTH_DELIMITED);
    return this.#inner(field, "");
  }

  optionalBytes(field: Field): Uint8Array | undefined {
    return this.#isNext(field, LENGTH_DELIMITED) ? this.bytes(field) : undefined;
  }

  optionalMessage(field: Field): ProofReader | undefined {
    return this.#isNext(field, LENGTH_DELIMITED) ? this.message(field) : undefined;
  }

  /** All repetitions of the field; each is read when the caller asks for it. */
  *messages(field: Field): Generator<ProofReader> {
    for (let index = 0; this.#isNext(field, LENGTH_DELIMITED); index++) {
      this.#require(field, LENGTH_DELIMITED);
      yield this.#inner(field, `[${index}]`);
    }
  }

  *byteStrings(field: Field): Generator<Uint8Array> {
    while (this.#isNext(field, LENGTH_DELIMITED)) yield this.bytes(field);
  }

  /** Refuses anything behind the last field. */
  finish(): void {
    if (this.#offset === this.#end) return;
    throw this.invalid("a field is repeated, unknown or out of order");
  }

  invalid(reason: string): CoauditError<"KEY_PROOF_ENCODING"> {
    const { part } = this;
    const offset = this.#offset;
    return new CoauditError("KEY_PROOF_ENCODING", `${part}, byte ${offset}: ${reason}`, { part, offset, reason });
  }

  #inner(field: Field, index: string): ProofReader {
    const length = this.#length(field);
    const start = this.#offset;
    this.#offset += length;
    const path = `${field.name}${index}`;
    return new ProofReader(this.#bytes, this.part === "proof" ? path : `${this.part}.${path}`, start, start + length);
  }

  #delimited(field: Field): Uint8Array {
    const length = this.#length(field);
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }

  /** Every field of types.proto has a number under 16, so a tag is one byte. */
  #isNext(field: Field, wireType: number): boolean {
    return this.#offset < this.#end && this.#bytes[this.#offset] === ((field.number << 3) | wireType);
  }

  #require(field: Field, wireType: number): void {
    if (!this.#isNext(field, wireType)) throw this.invalid(`${field.name} is missing, or something else comes first`);
    this.#offset++;
  }

  #length(field: Field): number {
    const length = this.#varint(field.name);
    if (length > this.#end - this.#offset) throw this.invalid(`${field.name} runs past the end of its message`);
    return length;
  }

  #varint(what: string): number {
    let value = 0;
    for (let index = 0, factor = 1; index < MAX_VARINT_BYTES; index++, factor *= 128) {
      if (this.#offset >= this.#end) throw this.invalid(`${what} is cut off`);
      const byte = this.#bytes[this.#offset++] as number;
      value += (byte & 127) * factor;
      if (byte >= 128) continue;
      if (byte === 0 && index > 0) throw this.invalid(`${what} is not written in its shortest form`);
      if (!Number.isSafeInteger(value)) break;
      return value;
    }
    throw this.invalid(`${what} is past 2^53-1`);
  }
}
