/**
 * UTF-8 of the engine, or written out where it has none: Hermes refuses a TextDecoder that is fatal, QuickJS has
 * neither class. Nothing is made when this file is loaded, since an app would then not start.
 */

let decoder: ((bytes: Uint8Array) => string) | undefined;
let encoder: ((text: string) => Uint8Array) | undefined;

/** Throws TypeError when the bytes are not UTF-8; a byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string {
  decoder ??= engineDecoder() ?? plainDecode;
  return decoder(bytes);
}

/** A surrogate without its other half becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  encoder ??= engineEncoder() ?? plainEncode;
  return encoder(text);
}

function engineDecoder(): typeof decoder {
  try {
    const made = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return made.fatal && made.ignoreBOM ? (bytes) => made.decode(bytes) : undefined;
  } catch {
    return undefined;
  }
}

function engineEncoder(): typeof encoder {
  if (typeof TextEncoder === "undefined") return undefined;
  const made = new TextEncoder();
  return (text) => made.encode(text);
}

export function plainEncode(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const found = character.codePointAt(0) ?? 0;
    const code = found >= 0xd800 && found <= 0xdfff ? 0xfffd : found;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), trail(code, 0));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), trail(code, 1), trail(code, 0));
    else bytes.push(0xf0 | (code >> 18), trail(code, 2), trail(code, 1), trail(code, 0));
  }
  return Uint8Array.from(bytes);
}

function trail(code: number, place: number): number {
  return 0x80 | ((code >> (6 * place)) & 0x3f);
}

/** Smallest code point that needs so many trailing bytes. */
const LEAST: readonly number[] = [0, 0x80, 0x800, 0x10000];

export function plainDecode(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i++] ?? 0;
    const trailing = first < 0x80 ? 0 : first >> 5 === 6 ? 1 : first >> 4 === 14 ? 2 : first >> 3 === 30 ? 3 : -1;
    let code = trailing === 0 ? first : first & (0x3f >> trailing);
    for (let left = trailing; left > 0; left--) {
      const next = bytes[i++] ?? 0;
      if (next >> 6 !== 2) throw new TypeError("not UTF-8");
      code = (code << 6) | (next & 0x3f);
    }
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    if (trailing < 0 || code < (LEAST[trailing] ?? 0) || code > 0x10ffff || isSurrogate)
      throw new TypeError("not UTF-8");
    text += String.fromCodePoint(code);
  }
  return text;
}
