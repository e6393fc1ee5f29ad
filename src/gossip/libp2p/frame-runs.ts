/**
 * Whole frames out of the bytes of a connection, priced before anybody looks into them. Frames that lie behind one
 * another go on together, as they came, up to a price; a frame that comes in pieces is put together first. [a library
 * that keeps the pieces in a list takes 0.6 s for a frame of 64 KiB that came byte by byte]
 */

/** Frames that go on together cost no more than this, in microseconds, unless there is one alone. */
const RUN_US = 1_000;
const FIRST_ROOM_BYTES = 256;

export interface FrameKind {
  readonly headerBytes: number;
  /**
   * What the whole frame is and costs, by its header: `bytes` at `at`. Throws for a frame that must not come.
   */
  measure(bytes: Uint8Array, at: number): FrameMeasure;
}

export interface FrameMeasure {
  /** Header and body. */
  readonly sizeBytes: number;
  readonly costUs: number;
}

/** Bytes that may go on when so much is paid. */
export interface PricedBytes {
  readonly bytes: Uint8Array;
  readonly costUs: number;
}

export class FrameRuns {
  readonly #kind: FrameKind;
  /** The beginning of a frame whose rest has not come. */
  #room: Uint8Array = new Uint8Array();
  #filledBytes = 0;

  constructor(kind: FrameKind) {
    this.#kind = kind;
  }

  /** Throws what the kind throws; nothing that came behind such a frame is returned. */
  push(chunk: Uint8Array): PricedBytes[] {
    const runs: PricedBytes[] = [];
    let at = this.#complete(chunk, runs);
    let begin = at;
    let costUs = 0;
    for (let measure = this.#measureAt(chunk, at); measure !== undefined; measure = this.#measureAt(chunk, at)) {
      if (at > begin && costUs + measure.costUs > RUN_US) {
        runs.push({ bytes: chunk.subarray(begin, at), costUs });
        begin = at;
        costUs = 0;
      }
      at += measure.sizeBytes;
      costUs += measure.costUs;
    }
    if (at > begin) runs.push({ bytes: chunk.subarray(begin, at), costUs });
    this.#keep(chunk.subarray(at));
    return runs;
  }

  /** Undefined when not all of the frame is there. */
  #measureAt(chunk: Uint8Array, at: number): FrameMeasure | undefined {
    if (chunk.length - at < this.#kind.headerBytes) return undefined;
    const measure = this.#kind.measure(chunk, at);
    return chunk.length - at < measure.sizeBytes ? undefined : measure;
  }

  /** Returns how many bytes of the chunk belong to the frame that had begun. */
  #complete(chunk: Uint8Array, runs: PricedBytes[]): number {
    if (this.#filledBytes === 0) return 0;
    const { headerBytes } = this.#kind;
    let taken = this.#take(chunk, 0, headerBytes);
    if (this.#filledBytes < headerBytes) return taken;
    const { sizeBytes, costUs } = this.#kind.measure(this.#room, 0);
    taken += this.#take(chunk, taken, sizeBytes);
    if (this.#filledBytes < sizeBytes) return taken;
    runs.push({ bytes: this.#room.subarray(0, sizeBytes), costUs });
    this.#room = new Uint8Array();
    this.#filledBytes = 0;
    return taken;
  }

  /** Up to so many bytes in all; returns how many came of this chunk. */
  #take(chunk: Uint8Array, from: number, upToBytes: number): number {
    const part = chunk.subarray(from, from + Math.max(0, upToBytes - this.#filledBytes));
    this.#keep(part);
    return part.length;
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    const neededBytes = this.#filledBytes + part.length;
    if (neededBytes > this.#room.length) {
      const room = new Uint8Array(Math.max(FIRST_ROOM_BYTES, neededBytes, 2 * this.#room.length));
      room.set(this.#room.subarray(0, this.#filledBytes));
      this.#room = room;
    }
    this.#room.set(part, this.#filledBytes);
    this.#filledBytes = neededBytes;
  }
}
