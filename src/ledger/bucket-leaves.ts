/**
 * The leaf hashes of one bucket, packed in the order of their epochs: 35 KiB when it is full, where a map of arrays
 * takes 200. So what was hashed once can be kept for many buckets.
 */
import { DIGEST_SIZE_BYTES } from "../core/hash.ts";

const FIRST_PLACES = 8;

export class BucketLeaves {
  /** Ascending. */
  readonly #epochs: number[] = [];
  #hashes: Uint8Array = new Uint8Array(FIRST_PLACES * DIGEST_SIZE_BYTES);

  get epochs(): readonly number[] {
    return this.#epochs;
  }

  has(epoch: number): boolean {
    return this.#epochs[this.#placeOf(epoch)] === epoch;
  }

  /** Mostly behind the last one; elsewhere what follows moves. */
  set(epoch: number, hash: Uint8Array): void {
    const place = this.#placeOf(epoch);
    if (this.#epochs[place] !== epoch) this.#makeRoom(place, epoch);
    this.#hashes.set(hash, place * DIGEST_SIZE_BYTES);
  }

  /** All hashes, one behind the other, as they are now, whatever is set later. */
  joined(): Uint8Array {
    return this.#hashes.slice(0, this.#epochs.length * DIGEST_SIZE_BYTES);
  }

  #makeRoom(place: number, epoch: number): void {
    const usedBytes = this.#epochs.length * DIGEST_SIZE_BYTES;
    if (usedBytes === this.#hashes.length) {
      const larger = new Uint8Array(2 * usedBytes);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    const at = place * DIGEST_SIZE_BYTES;
    this.#hashes.copyWithin(at + DIGEST_SIZE_BYTES, at, usedBytes);
    this.#epochs.splice(place, 0, epoch);
  }

  /** Of the first epoch that is not below this one. */
  #placeOf(epoch: number): number {
    let low = 0;
    let high = this.#epochs.length;
    if (high > 0 && epoch > (this.#epochs[high - 1] as number)) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#epochs[middle] as number) < epoch) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
