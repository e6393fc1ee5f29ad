/**
 * Labels as eight big-endian 32-bit words in one flat array, so that prefixes are a matter of xor and clz32.
 *
 * Bit i of a label is bit 31-(i mod 32) of word i/32, which is (val[i>>3] >> (7-(i&7))) & 1 of its bytes. Callers pass
 * the index of a label in the array (label k takes words 8k to 8k+7); everything past a label's length is zero.
 */
import { toHex } from "../core/bytes.ts";

export const LABEL_BYTES: number = 32;
export const LABEL_BITS: number = 256;
export const LABEL_WORDS: number = 8;

/** Writes `bytes` (at most 32, zeros assumed behind them) as label `index`; the words must be zero before. */
export function storeLabel(words: Uint32Array, index: number, bytes: Uint8Array): void {
  const base = index * LABEL_WORDS;
  for (let i = 0; i < bytes.length; i++) {
    const word = base + (i >>> 2);
    words[word] = (words[word] as number) | ((bytes[i] as number) << (24 - 8 * (i & 3)));
  }
}

/** Writes the first `lengthBits` bits of label `index` to 32 bytes of `target`, zeros behind them. */
export function writePrefix(
  words: Uint32Array,
  index: number,
  lengthBits: number,
  target: Uint8Array,
  offset: number,
): void {
  const base = index * LABEL_WORDS;
  for (let i = 0; i < LABEL_WORDS; i++) {
    const word = (words[base + i] as number) & prefixMask(lengthBits - 32 * i);
    target[offset + 4 * i] = word >>> 24;
    target[offset + 4 * i + 1] = word >>> 16;
    target[offset + 4 * i + 2] = word >>> 8;
    target[offset + 4 * i + 3] = word;
  }
}

export function labelBit(words: Uint32Array, index: number, bit: number): 0 | 1 {
  const word = words[index * LABEL_WORDS + (bit >>> 5)] as number;
  return ((word >>> (31 - (bit & 31))) & 1) as 0 | 1;
}

/** How many leading bits label `a` of `words` and label `b` of `others` share, 0 to 256, whatever their lengths. */
export function commonPrefix(words: Uint32Array, a: number, b: number, others: Uint32Array = words): number {
  for (let i = 0; i < LABEL_WORDS; i++) {
    const difference = (words[a * LABEL_WORDS + i] as number) ^ (others[b * LABEL_WORDS + i] as number);
    if (difference !== 0) return 32 * i + Math.clz32(difference);
  }
  return LABEL_BITS;
}

/** Order of the bits; negative when label `a` of `words` comes before label `b` of `others`. */
export function compareLabels(words: Uint32Array, a: number, b: number, others: Uint32Array = words): number {
  for (let i = 0; i < LABEL_WORDS; i++) {
    const difference = (words[a * LABEL_WORDS + i] as number) - (others[b * LABEL_WORDS + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function hasBitsPast(words: Uint32Array, index: number, lengthBits: number): boolean {
  for (let i = 0; i < LABEL_WORDS; i++) {
    const word = words[index * LABEL_WORDS + i] as number;
    if ((word & ~prefixMask(lengthBits - 32 * i)) !== 0) return true;
  }
  return false;
}

export function labelHex(words: Uint32Array, index: number): string {
  const bytes = new Uint8Array(LABEL_BYTES);
  writePrefix(words, index, LABEL_BITS, bytes, 0);
  return toHex(bytes);
}

/** The first `bits` bits of a word set; shifts by 32 do nothing in JavaScript, hence the two limits. */
function prefixMask(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? -1 : -1 << (32 - bits);
}
