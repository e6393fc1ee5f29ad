/** A trace on its way to the disk. */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import type { CoauditError } from "../../core/errors.ts";
import type { TraceSink } from "../../simulator/world/trace.ts";
import { notWritten } from "./not-written.ts";

/** One write for about 10,000 lines. */
const BUFFER_CHARACTERS = 1 << 20;

/**
 * Writes synchronously: a world cannot wait for a slow disk between two lines, and must not buffer what the disk does
 * not take. So the disk's pace is the world's, and memory stays below one buffer.
 */
export class TraceFile implements TraceSink {
  readonly #path: string;
  readonly #descriptor: number;
  #buffer = "";
  #lines = 0;
  #isClosed = false;
  #failure: CoauditError | undefined;

  /** Replaces an existing file. Throws the system's error. */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, "w");
  }

  get lines(): number {
    return this.#lines;
  }

  /** Throws SIMULATION_RESULT_NOT_WRITTEN, and from then on for every line: after a gap there is nothing to add. */
  line(text: string): void {
    this.check();
    this.#buffer += `${text}\n`;
    this.#lines++;
    if (this.#buffer.length >= BUFFER_CHARACTERS) this.#flush();
  }

  /** Throws the error for which a line was not written, whether or not anybody saw it at the time. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Closes it even if the last write fails; closing it again does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#flush();
      if (this.#failure === undefined) this.#attempt(() => fsyncSync(this.#descriptor));
    } finally {
      closeSync(this.#descriptor);
    }
  }

  #flush(): void {
    let rest = Buffer.from(this.#buffer);
    this.#buffer = "";
    this.#attempt(() => {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#descriptor, rest));
    });
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.#failure = notWritten(this.#path, "it starts from the beginning", cause);
      throw this.#failure;
    }
  }
}
