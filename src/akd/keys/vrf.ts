/**
 * ECVRF-EDWARDS25519-SHA512-TAI as akd's ecvrf module has it (RFC 9381, suite 3; the output cut to 32 bytes). It turns
 * a label and a version into the place of a leaf, so that the tree does not tell who is in it, and each version has
 * exactly one place.
 *
 * Stricter than the crate: the encodings of points and scalars are canonical, so that a proof has one form.
 */
import { normalizeZ } from "@noble/curves/abstract/curve.js";
import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, equalBytes, toHex } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { sumOfProducts } from "./sum-of-products.ts";

export const VRF_KEY_BYTES = 32;
export const VRF_OUTPUT_BYTES = 32;

export type VrfFault = "gamma is no point" | "gamma has a low order" | "s is not reduced" | "it is for something else";
export type VrfAnswer = { kind: "valid"; output: Uint8Array } | { kind: "invalid"; fault: VrfFault };

const { Point } = ed25519;
const ZERO = Uint8Array.of(0);
const SUITE = 3;
const ENCODE_TO_CURVE = Uint8Array.of(SUITE, 1);
const CHALLENGE = Uint8Array.of(SUITE, 2);
const PROOF_TO_HASH = Uint8Array.of(SUITE, 3);
const CHALLENGE_BYTES = 16;

export class VrfKey {
  readonly bytes: Uint8Array;
  readonly #negated: EdwardsPoint;

  /** Throws VRF_KEY_INVALID for what is not the canonical encoding of a point of large order. */
  constructor(bytes: Uint8Array) {
    const point = pointOf(bytes);
    if (point === undefined || point.isSmallOrder()) {
      const reason = point === undefined ? "it is not the encoding of a point" : "it is a point of low order";
      throw new CoauditError("VRF_KEY_INVALID", `the VRF key cannot be used: ${reason}`, { reason });
    }
    this.bytes = Uint8Array.from(bytes);
    this.#negated = point.negate();
  }

  /** `proof` has 80 bytes: gamma (32), c (16), s (32). */
  verify(input: Uint8Array, proof: Uint8Array): VrfAnswer {
    const gammaBytes = proof.subarray(0, 32);
    const gamma = pointOf(gammaBytes);
    if (gamma === undefined) return invalid("gamma is no point");
    const cleared = gamma.clearCofactor();
    if (cleared.is0()) return invalid("gamma has a low order");
    const challengeBytes = proof.subarray(32, 48);
    const challenge = littleEndian(challengeBytes);
    const s = littleEndian(proof.subarray(48, 80));
    if (s >= Point.Fn.ORDER) return invalid("s is not reduced");

    const h = encodeToCurve(this.bytes, input);
    // The library has the multiples of its base point ready, which saves 250 doublings.
    const u = Point.BASE.multiplyUnsafe(s).add(sumOfProducts([{ scalar: challenge, point: this.#negated }]));
    const v = sumOfProducts([
      { scalar: s, point: h },
      { scalar: challenge, point: gamma.negate() },
    ]);
    const [hBytes, uBytes, vBytes, clearedBytes] = encodings([h, u, v, cleared]);
    const expected = challengeOf(this.bytes, [hBytes, gammaBytes, uBytes, vBytes]);
    if (!equalBytes(expected, challengeBytes)) return invalid("it is for something else");
    return { kind: "valid", output: vrfOutput(clearedBytes) };
  }
}

/** Try and increment: half of all hashes are the encoding of a point. */
export function encodeToCurve(key: Uint8Array, input: Uint8Array): EdwardsPoint {
  for (let counter = 0; counter < 256; counter++) {
    const hash = sha512(concat(ENCODE_TO_CURVE, key, input, Uint8Array.of(counter, 0)));
    const point = pointOf(hash.subarray(0, 32))?.clearCofactor();
    if (point !== undefined && !point.is0()) return point;
  }
  throw new Error("256 hashes in a row were no points, which happens once in 2^256 inputs");
}

/** 16 bytes; `encoded`: H, gamma, U and V. */
export function challengeOf(
  key: Uint8Array,
  encoded: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array],
): Uint8Array {
  return sha512(concat(CHALLENGE, key, ...encoded, ZERO)).slice(0, CHALLENGE_BYTES);
}

/** `cleared`: gamma times the cofactor, encoded. */
export function vrfOutput(cleared: Uint8Array): Uint8Array {
  return sha512(concat(PROOF_TO_HASH, cleared, ZERO)).slice(0, VRF_OUTPUT_BYTES);
}

/** With one inversion for all of them. */
export function encodings<const Points extends readonly EdwardsPoint[]>(
  points: Points,
): { [Index in keyof Points]: Uint8Array } {
  return normalizeZ<EdwardsPoint, typeof Point>(Point, [...points]).map((point) => point.toBytes()) as {
    [Index in keyof Points]: Uint8Array;
  };
}

export function littleEndian(bytes: Uint8Array): bigint {
  // A copy: slice() of a Buffer is none, and reverse() works in place.
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
}

function pointOf(bytes: Uint8Array): EdwardsPoint | undefined {
  try {
    return Point.fromBytes(bytes);
  } catch {
    return undefined;
  }
}

function invalid(fault: VrfFault): VrfAnswer {
  return { kind: "invalid", fault };
}
