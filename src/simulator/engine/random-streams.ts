/**
 * Every entity of a world draws from a stream of its own, derived from (seed, purpose, entity, life): one auditor more,
 * or one crash more, does not reshuffle what happens to the others, and runs that are compared in pairs share their
 * streams.
 */
import { utf8 } from "../../core/bytes.ts";
import type { Random } from "../../core/clock.ts";
import { sha256 } from "../../core/hash.ts";

export class RandomStreams {
  readonly #seed: number;

  /** `seed`: a whole number from 0 to 2^53-1. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  stream(purpose: string, entity = "", life = 0): RandomStream {
    return new RandomStream(sha256(utf8(`coaudit/simulator/v1\n${this.#seed}\n${purpose}\n${entity}\n${life}`)));
  }
}

/** xoshiro128** (Blackman and Vigna): 32-bit integer operations alone, so the same numbers on every engine. */
export class RandomStream implements Random {
  readonly #state = new Uint32Array(4);

  /** At least 16 bytes that are not all zero; a hash is. */
  constructor(seed: Uint8Array) {
    const view = new DataView(seed.buffer, seed.byteOffset, 16);
    for (let i = 0; i < 4; i++) this.#state[i] = view.getUint32(4 * i);
  }

  /** A whole number in [0, 2^32). */
  uint32(): number {
    const state = this.#state;
    // By index: taking an array apart by a pattern walks its iterator.
    const s0 = state[0] as number;
    const s1 = state[1] as number;
    const s2 = state[2] as number;
    const s3 = state[3] as number;
    const scrambled = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    const t2 = s2 ^ s0;
    const t3 = s3 ^ s1;
    state[1] = s1 ^ t2;
    state[0] = s0 ^ t3;
    state[2] = t2 ^ shifted;
    state[3] = rotateLeft(t3, 11);
    return scrambled;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.uint32() >>> 24;
    return bytes;
  }

  /** In [0, 1), a multiple of 2^-32. */
  unit(): number {
    return this.uint32() / TWO_TO_32;
  }

  /** A whole number in [0, bound), bound up to 2^32; the bias is under bound / 2^32. */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  /** True with this probability. At 0 and 1 nothing is drawn, so that a fault that is switched off costs no draw. */
  chance(probability: number): boolean {
    return probability > 0 && (probability >= 1 || this.unit() < probability);
  }

  /** `count` different ones of `items`, in the order drawn (all of them where there are fewer). */
  sample<T>(items: readonly T[], count: number): T[] {
    const rest = [...items];
    const drawn = Math.min(count, rest.length);
    for (let i = 0; i < drawn; i++) {
      const j = i + this.below(rest.length - i);
      const chosen = rest[j] as T;
      rest[j] = rest[i] as T;
      rest[i] = chosen;
    }
    return rest.slice(0, drawn);
  }
}

const TWO_TO_32 = 4_294_967_296;

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
