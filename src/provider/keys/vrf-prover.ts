/** The other side of src/akd/keys/vrf.ts: who holds the secret key makes the proofs. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { challengeOf, encodeToCurve, encodings, littleEndian, vrfOutput } from "../../akd/keys/vrf.ts";
import { BoundedMap } from "../../core/bounded-map.ts";
import { concat, fromHex, toHex } from "../../core/bytes.ts";

export interface VrfProof {
  readonly proof: Uint8Array;
  readonly output: Uint8Array;
}

/** What apps ask about again and again; the one that was asked for longest ago is forgotten first. */
const MAX_REMEMBERED = 4_096;

const { Point } = ed25519;
const L = Point.Fn.ORDER;

export class VrfProver {
  readonly publicKey: Uint8Array;
  readonly #scalar: bigint;
  readonly #nonce: Uint8Array;
  readonly #proofs: BoundedMap<string, VrfProof> = new BoundedMap(MAX_REMEMBERED);

  /** 32 bytes, as akd's VRFKeyStorage gives them. */
  constructor(secret: Uint8Array) {
    const expanded = sha512(secret);
    const scalar = expanded.slice(0, 32);
    scalar[0] = (scalar[0] ?? 0) & 248;
    scalar[31] = ((scalar[31] ?? 0) & 63) | 64;
    this.#scalar = littleEndian(scalar) % L;
    this.#nonce = expanded.slice(32);
    this.publicKey = Point.BASE.multiply(this.#scalar).toBytes();
  }

  /** Half the work of a proof. */
  output(input: Uint8Array): Uint8Array {
    const gamma = encodeToCurve(this.publicKey, input).multiply(this.#scalar);
    return vrfOutput(gamma.clearCofactor().toBytes());
  }

  prove(input: Uint8Array): VrfProof {
    const name = toHex(input);
    const known = this.#proofs.use(name);
    if (known !== undefined) return known;
    const made = this.#prove(input);
    this.#proofs.set(name, made);
    return made;
  }

  #prove(input: Uint8Array): VrfProof {
    const h = encodeToCurve(this.publicKey, input);
    const gamma = h.multiply(this.#scalar);
    const k = littleEndian(sha512(concat(this.#nonce, h.toBytes()))) % L;
    const points = encodings([h, gamma, Point.BASE.multiply(k), h.multiply(k), gamma.clearCofactor()]);
    const [hBytes, gammaBytes, uBytes, vBytes, cleared] = points;
    const challenge = challengeOf(this.publicKey, [hBytes, gammaBytes, uBytes, vBytes]);
    const s = (k + littleEndian(challenge) * this.#scalar) % L;
    const sBytes = fromHex(s.toString(16).padStart(64, "0")).reverse();
    return { proof: concat(gammaBytes, challenge, sBytes), output: vrfOutput(cleared) };
  }
}
