/**
 * Sums like a*P + b*Q in one pass over the bits (Straus, with non-adjacent digits): half the work of two
 * multiplications. Variable time, which is right here: a proof, a public key and what they multiply are public.
 */
import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import { ed25519 } from "@noble/curves/ed25519.js";

/** Digits of 5 bits: eight precomputed multiples a point, and one addition every six bits. */
const WINDOW = 32n;

export interface Product {
  /** Not negative. */
  readonly scalar: bigint;
  readonly point: EdwardsPoint;
}

export function sumOfProducts(products: readonly Product[]): EdwardsPoint {
  const terms = products.map(({ scalar, point }) => ({ digits: digitsOf(scalar), multiples: oddMultiples(point) }));
  let sum = ed25519.Point.ZERO;
  for (let i = Math.max(...terms.map(({ digits }) => digits.length)) - 1; i >= 0; i--) {
    sum = sum.double();
    for (const { digits, multiples } of terms) sum = addDigit(sum, digits[i] ?? 0, multiples);
  }
  return sum;
}

/** Odd digits from -15 to 15 with at least four zeros between any two, the least significant first. */
function digitsOf(scalar: bigint): number[] {
  const digits: number[] = [];
  for (let rest = scalar; rest !== 0n; rest >>= 1n) {
    let digit = 0n;
    if ((rest & 1n) === 1n) {
      digit = rest % WINDOW;
      if (digit > WINDOW / 2n) digit -= WINDOW;
      rest -= digit;
    }
    digits.push(Number(digit));
  }
  return digits;
}

/** 1, 3, 5, ... 15 times the point. */
function oddMultiples(point: EdwardsPoint): EdwardsPoint[] {
  const twice = point.double();
  const multiples = [point];
  for (let last = point; multiples.length < 8; multiples.push(last)) last = last.add(twice);
  return multiples;
}

function addDigit(sum: EdwardsPoint, digit: number, multiples: readonly EdwardsPoint[]): EdwardsPoint {
  if (digit === 0) return sum;
  const multiple = multiples[Math.abs(digit) >> 1] as EdwardsPoint;
  return digit > 0 ? sum.add(multiple) : sum.subtract(multiple);
}
