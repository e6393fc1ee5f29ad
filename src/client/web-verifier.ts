/**
 * Ed25519 where the SDK runs: WebCrypto where there is one that knows Ed25519, JavaScript elsewhere. A page on plain
 * http has no crypto.subtle, and older browsers do not know the algorithm. Both follow the one strict rule: WebCrypto's
 * equation has no cofactor and compares R as bytes, so the check of the encodings before it makes it decide as
 * verify_strict does.
 */
import { BoundedMap } from "../core/bounded-map.ts";
import { fromHex, toHex, utf8 } from "../core/bytes.ts";
import { hasStrictEncoding, nobleVerifier, type SignatureVerifier } from "../core/ed25519.ts";
import { sha256 } from "../core/hash.ts";
import { checkMethods } from "./arguments.ts";

/** What is used of `crypto.subtle`. */
export interface SubtleEd25519 {
  importKey(
    format: "raw",
    key: Uint8Array,
    algorithm: string,
    extractable: false,
    usages: ["verify"],
  ): Promise<unknown>;
  verify(algorithm: string, key: unknown, signature: Uint8Array, message: Uint8Array): Promise<boolean>;
}

/** A roster has tens of keys. */
const KEY_CACHE_ENTRIES = 256;
/**
 * Twice the signatures of 16 answers of 128; a question rarely needs a tenth. Beyond that, the oldest are computed
 * again.
 */
const RESULT_CACHE_ENTRIES = 4096;

/** A key, a message and its signature. */
function sample(): { publicKey: Uint8Array; message: Uint8Array; signature: Uint8Array } {
  return {
    publicKey: fromHex("ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c"),
    message: utf8("coaudit"),
    signature: fromHex(
      "32b22d401c5b2317600567cef29bece771aed8c7bbcd8f6d02291a5beea9ecaf5b74c9351ceba6da4df1f3d6d700912106aaea682b34c5cd7e0334997e891a00",
    ),
  };
}

/** The verifier of this engine. Throws USAGE. */
export function webVerifier(subtle: SubtleEd25519 | undefined = engineSubtle()): SignatureVerifier {
  if (subtle !== undefined) checkMethods(subtle, "subtle", ["importKey", "verify"]);
  return subtle === undefined ? nobleVerifier : new WebCryptoVerifier(subtle);
}

/**
 * Remembers results, because several nodes send the same signatures, and each answer is judged alone and together with
 * the others.
 */
export function rememberingVerifier(verifier: SignatureVerifier): SignatureVerifier {
  const known = new BoundedMap<string, Promise<boolean>>(RESULT_CACHE_ENTRIES);
  return {
    verify(publicKey, message, signature) {
      const id = `${toHex(publicKey)} ${toHex(signature)} ${toHex(sha256(message))}`;
      const earlier = known.get(id);
      if (earlier !== undefined) return earlier;
      const result = verifier.verify(publicKey, message, signature);
      known.set(id, result);
      return result;
    },
  };
}

class WebCryptoVerifier implements SignatureVerifier {
  readonly #subtle: SubtleEd25519;
  readonly #keys: BoundedMap<string, Promise<unknown>> = new BoundedMap(KEY_CACHE_ENTRIES);
  /** Settled once: whether this engine knows the algorithm. */
  #isAble: Promise<boolean> | undefined;

  constructor(subtle: SubtleEd25519) {
    this.#subtle = subtle;
  }

  async verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    if (!hasStrictEncoding(publicKey, signature)) return false;
    this.#isAble ??= this.#tryOut();
    if (!(await this.#isAble)) return nobleVerifier.verify(publicKey, message, signature);
    try {
      return await this.#subtle.verify("Ed25519", await this.#key(publicKey), signature, message);
    } catch {
      return false; // a public key that is not on the curve
    }
  }

  #key(publicKey: Uint8Array): Promise<unknown> {
    const id = toHex(publicKey);
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    const key = this.#subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    this.#keys.set(id, key);
    return key;
  }

  /** An engine that answers known valid and invalid signatures wrongly, or not at all, is not used. */
  async #tryOut(): Promise<boolean> {
    const known = sample();
    try {
      const key = await this.#subtle.importKey("raw", known.publicKey, "Ed25519", false, ["verify"]);
      const isRight = await this.#subtle.verify("Ed25519", key, known.signature, known.message);
      const isWrong = await this.#subtle.verify("Ed25519", key, known.signature, utf8("another message"));
      return isRight && !isWrong;
    } catch {
      return false;
    }
  }
}

function engineSubtle(): SubtleEd25519 | undefined {
  return (globalThis as { crypto?: { subtle?: SubtleEd25519 } }).crypto?.subtle;
}
