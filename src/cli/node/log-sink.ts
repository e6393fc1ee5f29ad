/**
 * Where the lines of a node's log go: standard error, which may be full, closed, or a pipe that nobody reads. None of
 * these ends or delays the node; what is not taken is dropped and counted, and said once lines are taken again.
 */
import { constants, openSync, writeSync } from "node:fs";
import { errorCode } from "../../ledger/store/store-errors.ts";
import { systemClock } from "../../platform/system.ts";

const STANDARD_ERROR = 2;
/** Some thousand lines, while a reader is slow. */
const MAX_WAITING_BYTES = 1024 * 1024;
const RETRY_MS = 100;

export interface LogSinkOptions {
  /** Default: standard error. */
  readonly file?: number;
  /** How a line of JSON is written. Default: as it is. */
  readonly format?: (line: string) => string;
}

export class LogSink {
  readonly #file: number;
  readonly #format: (line: string) => string;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #isRetrying = false;

  constructor({ file = withoutWaiting(STANDARD_ERROR), format = (line) => line }: LogSinkOptions = {}) {
    this.#file = file;
    this.#format = format;
  }

  /** One line with its end. */
  write(line: string): void {
    const bytes = Buffer.from(this.#format(line));
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (!this.#isRetrying) this.#flush();
  }

  #flush(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      try {
        const written = writeSync(this.#file, next);
        this.#waitingBytes -= written;
        if (written < next.length) this.#waiting[0] = next.subarray(written);
        else this.#waiting.shift();
      } catch (error) {
        if (errorCode(error) === "EAGAIN") {
          this.#retry();
          return;
        }
        this.#dropped += this.#waiting.length;
        this.#waiting = [];
        this.#waitingBytes = 0;
        return;
      }
      if (this.#dropped > 0 && this.#waiting.length === 0) this.#tellDropped();
    }
  }

  #tellDropped(): void {
    const time = new Date(systemClock.now()).toISOString();
    const msg = "lines of this log were dropped: standard error did not take them";
    const text = `${JSON.stringify({ level: "warn", time, dropped: this.#dropped, msg })}\n`;
    const line = Buffer.from(this.#format(text));
    this.#dropped = 0;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
  }

  #retry(): void {
    this.#isRetrying = true;
    void systemClock.sleep(RETRY_MS).then(() => {
      this.#isRetrying = false;
      this.#flush();
    });
  }
}

/** The same file, so that a write to it never waits; sockets and other systems keep the one they have. */
function withoutWaiting(file: number): number {
  try {
    return openSync(`/proc/self/fd/${file}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
  } catch {
    return file;
  }
}
