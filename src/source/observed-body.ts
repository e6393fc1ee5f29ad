/** Hashes a body while somebody else reads it; outlives a reader that stops early. */
import { createHash } from "node:crypto";

export class ObservedBody implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #onChunk: (chunk: Uint8Array) => Promise<void>;
  readonly #hash = createHash("sha256");
  #sizeBytes = 0;
  #isDone = false;

  /** `onChunk` sees each chunk before the reader does, who may transfer its memory to a worker. */
  constructor(body: AsyncIterable<Uint8Array>, onChunk: (chunk: Uint8Array) => Promise<void> = async () => {}) {
    this.#source = body[Symbol.asyncIterator]();
    this.#onChunk = onChunk;
  }

  /** Read so far. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => this.#next(),
      // The reader may leave early: drain() reads on.
      return: async () => ({ done: true, value: undefined }),
    };
  }

  async drain(): Promise<void> {
    while (!this.#isDone) await this.#next();
  }

  sha256(): Uint8Array {
    return new Uint8Array(this.#hash.digest());
  }

  async close(): Promise<void> {
    if (this.#isDone) return;
    this.#isDone = true;
    await this.#source.return?.();
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#isDone) return { done: true, value: undefined };
    let next: IteratorResult<Uint8Array>;
    try {
      next = await this.#source.next();
    } catch (error) {
      this.#isDone = true;
      throw error;
    }
    if (next.done === true) {
      this.#isDone = true;
      return next;
    }
    this.#hash.update(next.value);
    this.#sizeBytes += next.value.length;
    await this.#onChunk(next.value);
    return next;
  }
}
