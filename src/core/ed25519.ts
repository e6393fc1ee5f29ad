/**
 * The one rule for Ed25519 signatures everywhere: what ed25519-dalek's verify_strict accepts. A and R canonical (y < p)
 * and not of low order, S < L, the equation without cofactor. [a signature that one implementation accepts and another
 * refuses splits the readers]
 */
import { hashes, Point } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, equalBytes, fromHex } from "./bytes.ts";

export const PUBLIC_KEY_SIZE_BYTES = 32;
export const SIGNATURE_SIZE_BYTES = 64;

/** Whether a signature is valid under the strict rule; wrong sizes are invalid, never an exception. */
export interface SignatureVerifier {
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

hashes.sha512 = sha512;

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
/** The y coordinates of the eight points of low order; each stands for both signs of x. */
const LOW_ORDER_Y: readonly bigint[] = [
  0n,
  1n,
  P - 1n,
  littleEndian(fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
  littleEndian(fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")),
];

/**
 * The part of the strict rule that can be decided from the encodings alone. An implementation that then checks the
 * equation without cofactor and compares R as bytes (OpenSSL does) decides exactly as verify_strict.
 */
export function hasStrictEncoding(publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== PUBLIC_KEY_SIZE_BYTES || signature.length !== SIGNATURE_SIZE_BYTES) return false;
  return (
    isStrictPoint(publicKey) && isStrictPoint(signature.subarray(0, 32)) && littleEndian(signature.subarray(32)) < L
  );
}

/** For browsers without WebCrypto and as the second opinion in tests; about 2 ms a signature. */
export const nobleVerifier: SignatureVerifier = {
  async verify(publicKey, message, signature) {
    if (!hasStrictEncoding(publicKey, signature)) return false;
    let key: Point;
    try {
      key = Point.fromBytes(publicKey);
    } catch {
      return false;
    }
    const commitment = signature.subarray(0, 32);
    const challenge = littleEndian(sha512(concat(commitment, publicKey, message))) % L;
    const response = littleEndian(signature.subarray(32));
    const expected = Point.BASE.multiply(response, false).add(key.negate().multiply(challenge, false));
    return equalBytes(expected.toBytes(), commitment);
  },
};

function isStrictPoint(encoded: Uint8Array): boolean {
  const y = littleEndian(encoded) & (2n ** 255n - 1n);
  return y < P && !LOW_ORDER_Y.includes(y);
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}
