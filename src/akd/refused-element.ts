/**
 * An element that is not canonical, of a proof that is still arriving. What is wrong with it stands in its first bytes
 * and, where it says that it is longer than what came, in how much comes: no more than that is kept of a body, however
 * long it is. [1 GiB of junk kept 712 MB]
 */
import type { CoauditError } from "../core/errors.ts";
import { checkElement, type ProofPlace } from "./decode.ts";
import { MOST_BYTES_READ } from "./wire-reader.ts";

export class RefusedElement {
  readonly #place: ProofPlace;
  /** The first bytes from the element on. */
  #first: Uint8Array = new Uint8Array();
  #seenBytes = 0;

  constructor(place: ProofPlace) {
    this.#place = place;
  }

  /** The next bytes. Throws the PROOF_ error that decodeProof throws, once nothing that follows can change it. */
  take(bytes: Uint8Array): void {
    this.#seenBytes += bytes.length;
    const missing = MOST_BYTES_READ - this.#first.length;
    if (missing > 0) {
      const first = new Uint8Array(this.#first.length + Math.min(missing, bytes.length));
      first.set(this.#first);
      first.set(bytes.subarray(0, missing), this.#first.length);
      this.#first = first;
    }
    const error = this.#error();
    if (error?.code !== "PROOF_TRUNCATED") throw error ?? this.#disagreement();
  }

  /** After the last byte: throws in any case. */
  end(): never {
    throw this.#error() ?? this.#disagreement();
  }

  #error(): CoauditError | undefined {
    try {
      checkElement(this.#first, this.#place, this.#seenBytes);
      return undefined;
    } catch (error) {
      return error as CoauditError;
    }
  }

  #disagreement(): Error {
    const { offset } = this.#place;
    return new Error(
      `byte ${offset}: the strict decoder accepts what was refused before; please report this with the proof`,
    );
  }
}
