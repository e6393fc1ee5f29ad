/** Looks at the elements of a proof as its bytes arrive, so that whoever collects a proof need not collect junk. */
import { joinBytes } from "../core/bytes.ts";
import { checkElement, type ProofPlace } from "./decode.ts";
import { LARGEST_ELEMENT_BYTES } from "./kernel/layout.ts";
import { RefusedElement } from "./refused-element.ts";
import { MOST_BYTES_READ } from "./wire-reader.ts";

export class ProofScan {
  #place: ProofPlace = { offset: 0, element: 0, isPastInserted: false };
  /** The start of an element that is not whole yet. */
  #pending: Uint8Array = new Uint8Array();
  #refused: RefusedElement | undefined;

  /** Whether an element was not canonical: what came before it is of no use. */
  get isRefused(): boolean {
    return this.#refused !== undefined;
  }

  /** Throws the PROOF_ error that decodeProof throws, once nothing that follows can change it. */
  take(chunk: Uint8Array): void {
    if (this.#refused !== undefined) {
      this.#refused.take(chunk);
      return;
    }
    const bytes = joinBytes([this.#pending, chunk]);
    let offset = 0;
    while (bytes.length - offset >= LARGEST_ELEMENT_BYTES) {
      const rest = bytes.subarray(offset);
      const next = this.#nextPlace(rest);
      if (next === undefined) {
        this.#refused = new RefusedElement(this.#place);
        this.#refused.take(rest);
        return;
      }
      offset += next.offset - this.#place.offset;
      this.#place = next;
    }
    this.#pending = bytes.slice(offset);
  }

  /** After the last byte; what is left of it is the decoder's. */
  end(): void {
    this.#refused?.end();
  }

  #nextPlace(rest: Uint8Array): ProofPlace | undefined {
    try {
      return checkElement(rest.subarray(0, MOST_BYTES_READ), this.#place, rest.length);
    } catch {
      return undefined;
    }
  }
}
