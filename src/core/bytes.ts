/** Byte helpers without Buffer, so that they run in a browser. Never `.buffer` of a view: it forgets byteOffset. */
import { CoauditError } from "./errors.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Accepts lower and upper case; throws ENCODING_INVALID for anything else, naming `what`. */
export function fromHex(text: string, what = "hex string"): Uint8Array {
  if (typeof text !== "string" || text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new CoauditError("ENCODING_INVALID", `${what}: expected an even number of hexadecimal digits`, { what });
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    text += BASE64.charAt(a >> 2) + BASE64.charAt(((a & 3) << 4) | ((b ?? 0) >> 4));
    text += b === undefined ? "=" : BASE64.charAt(((b & 15) << 2) | ((c ?? 0) >> 6));
    text += c === undefined ? "=" : BASE64.charAt(c & 63);
  }
  return text;
}

/**
 * Standard alphabet with padding; refuses anything that does not round-trip (white space, spare bits, missing padding).
 * Not atob: some engines of apps have none.
 */
export function fromBase64(text: string, what = "base64 string"): Uint8Array {
  const isText = typeof text === "string" && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  if (!isText) throw new CoauditError("ENCODING_INVALID", `${what}: not base64`, { what });
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let i = 0, at = 0; i < text.length; i += 4, at += 3) {
    let bits = 0;
    for (let j = i; j < i + 4; j++) bits = (bits << 6) | sextet(text.charCodeAt(j));
    bytes[at] = bits >> 16;
    bytes[at + 1] = bits >> 8;
    bytes[at + 2] = bits;
    const isSpare = at + 3 > bytes.length && (padding === 2 ? bits & 0xffff : bits & 0xff) !== 0;
    if (isSpare) throw new CoauditError("ENCODING_INVALID", `${what}: not canonical base64`, { what });
  }
  return bytes;
}

/** The value of one character of the alphabet; 0 for the padding. */
function sextet(code: number): number {
  if (code >= 97) return code - 71;
  if (code >= 65) return code - 65;
  if (code >= 48 && code <= 57) return code + 4;
  return code === 43 ? 62 : code === 47 ? 63 : 0;
}

/** Names and numbers are short and ASCII: a loop takes 0.1 us for them, TextEncoder 1 us. */
const SHORT_TEXT_LENGTH = 64;

export function utf8(text: string): Uint8Array {
  const { length } = text;
  if (length > SHORT_TEXT_LENGTH) return encodeUtf8(text);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return encodeUtf8(text);
    bytes[i] = code;
  }
  return bytes;
}

/** Throws ENCODING_INVALID when the bytes are not UTF-8. */
export function fromUtf8(bytes: Uint8Array, what = "text"): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw new CoauditError("ENCODING_INVALID", `${what}: not UTF-8`, { what }, { cause });
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return joinBytes(parts);
}

/** concat for any number of parts: a proof has more of them than a call may have arguments. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const all = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    putBytes(all, part, offset);
    offset += part.length;
  }
  return all;
}

/** Below this a loop is faster than the call of set(). */
const SHORT_PART_BYTES = 24;

function putBytes(into: Uint8Array, part: Uint8Array, offset: number): void {
  if (part.length > SHORT_PART_BYTES) into.set(part, offset);
  else for (let i = 0; i < part.length; i++) into[offset + i] = part[i] as number;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Lexicographic; a prefix sorts first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Code-unit order, the same on every machine (localeCompare is not). */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function u16be(value: number): Uint8Array {
  return Uint8Array.of((value >>> 8) & 255, value & 255);
}

export function u32be(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

/** `value` is an integer from 0 to 2^53-1. */
export function u64be(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  writeU64be(bytes, value, 0);
  return bytes;
}

/** As u64be, in place. */
export function writeU64be(bytes: Uint8Array, value: number, offset: number): void {
  let high = Math.floor(value / 2 ** 32);
  let low = value >>> 0;
  for (let i = 3; i >= 0; i--) {
    bytes[offset + i] = high;
    bytes[offset + 4 + i] = low;
    high >>>= 8;
    low >>>= 8;
  }
}

export function u64le(value: number): Uint8Array {
  return u64be(value).reverse();
}

export function readU32be(bytes: Uint8Array, offset = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset);
}

/** Throws NUMBER_OUT_OF_RANGE past 2^53-1. */
export function readU64be(bytes: Uint8Array, offset = 0, field = "u64"): number {
  const value = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(offset);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new CoauditError("NUMBER_OUT_OF_RANGE", `${field} ${value} is above the limit 2^53-1 (9007199254740991)`, {
      field,
      value: String(value),
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
    });
  }
  return Number(value);
}
