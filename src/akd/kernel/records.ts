/** Comparing records where they lie: `a` and `b` are the indices of their first words. */
import { RECORD_LENGTH } from "./layout.ts";

/** By label, then by length: negative when `a` comes first. */
export function compareRecords(words: Uint32Array, a: number, b: number): number {
  for (let i = 0; i < 8; i++) {
    const x = words[a + i] as number;
    const y = words[b + i] as number;
    if (x !== y) return x < y ? -1 : 1;
  }
  return (words[a + (RECORD_LENGTH >>> 2)] as number) - (words[b + (RECORD_LENGTH >>> 2)] as number);
}

/** How many leading bits the labels of two records share, whatever their lengths. */
export function sharedBits(words: Uint32Array, a: number, b: number): number {
  for (let i = 0; i < 8; i++) {
    const difference = (words[a + i] as number) ^ (words[b + i] as number);
    if (difference !== 0) return 32 * i + Math.clz32(difference);
  }
  return 256;
}
