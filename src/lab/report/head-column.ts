/**
 * The heads that one node heard, packed: 1,000 nodes that heard 1,000 heads each fit into about 5 MB of page. Each head
 * is two numbers, 7 bits a byte, the lowest first, the high bit set on all but the last byte: steps of 100 us since the
 * head before, then 3 * claim + way.
 */
import { toBase64 } from "../../core/bytes.ts";

export const HEAD_STEP_US = 100;

/** In the order of their numbers. */
export const WAYS = ["gossip", "sync", "own"] as const;
export type Way = (typeof WAYS)[number];

export class HeadColumn {
  #bytes = new Uint8Array(64);
  #length = 0;
  #lastStep = 0;

  /** In order of time. */
  add(atUs: number, claim: number, way: Way): void {
    const step = Math.round(atUs / HEAD_STEP_US);
    this.#number(step - this.#lastStep);
    this.#number(claim * WAYS.length + WAYS.indexOf(way));
    this.#lastStep = step;
  }

  toBase64(): string {
    return toBase64(this.#bytes.subarray(0, this.#length));
  }

  #number(value: number): void {
    if (this.#length + 10 > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    // Divided, not shifted: a world of a month has more steps than 32 bits hold.
    while (value >= 128) {
      this.#bytes[this.#length++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    this.#bytes[this.#length++] = value;
  }
}
