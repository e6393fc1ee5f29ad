/** A trace on its way to the disk. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { TraceSink } from "../world/trace.ts";

/** One write for about 10,000 lines. */
const BUFFER_CHARACTERS = 1 << 20;

/**
 * Writes synchronously: a world cannot wait for a slow disk between two lines, and must not buffer what the disk does not take. So the disk's pace
 * is the world's, and memory stays below one buffer.
 */
export class TraceFile implements TraceSink {
  readonly #descriptor: number;
  #buffer = "";
  #lines = 0;
  #isClosed = false;

  /** Replaces what was there. Throws what the system says. */
  constructor(path: string) {
    this.#descriptor = openSync(path, "w");
  }

  get lines(): number {
    return this.#lines;
  }

  line(text: string): void {
    this.#buffer += `${text}\n`;
    this.#lines++;
    if (this.#buffer.length >= BUFFER_CHARACTERS) this.#flush();
  }

  /** Closes it even where the last write fails; once more does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#flush();
    } finally {
      closeSync(this.#descriptor);
    }
  }

  #flush(): void {
    let rest = Buffer.from(this.#buffer);
    this.#buffer = "";
    while (rest.length > 0) rest = rest.subarray(writeSync(this.#descriptor, rest));
  }
}
