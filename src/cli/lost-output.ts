/**
 * Standard output that nobody reads any more, or that a full disk does not take (`coaudit ... | head -1`). What a
 * command found out stays its exit code; a yes becomes that of the lost output, since the reader has not seen it.
 */

/** As a shell shows a program that ended because nobody read its output any more. */
const BROKEN_PIPE_EXIT = 128 + 13;
/** For a command to come to its end, or to stop as it does on SIGTERM, before it is ended. */
const GRACE_MS = 5_000;

export class LostOutput {
  readonly #verdict: () => number;
  readonly #end = new AbortController();
  #isIgnored = false;
  #lostExit: number | undefined;
  #finalExit: number | undefined;

  /** `verdict`: the exit code that the command has set so far; 0: none. */
  constructor(verdict: () => number) {
    this.#verdict = verdict;
  }

  /** For a command that goes on without it. */
  ignore(): void {
    this.#isIgnored = true;
  }

  /** The first error counts; the stream reports every later write as well. */
  note(error: NodeJS.ErrnoException): void {
    if (this.#isIgnored || this.#lostExit !== undefined) return;
    const lostExit = error.code === "EPIPE" ? BROKEN_PIPE_EXIT : 1;
    this.#lostExit = lostExit;
    if (this.#finalExit !== undefined) exitWith(this.#finalExit, lostExit);
    // To its own listeners alone: whoever writes for hours ends in order, and keeps what it has.
    process.emit("SIGTERM", "SIGTERM");
    void this.#endLater(lostExit);
  }

  /** The command is over. Returns what the process ends with. */
  ended(exitCode: number): number {
    this.#finalExit = exitCode;
    this.#end.abort();
    return exitCode === 0 ? (this.#lostExit ?? 0) : exitCode;
  }

  async #endLater(lostExit: number): Promise<void> {
    const { systemClock } = await import("../platform/system.ts");
    await systemClock.sleep(GRACE_MS, this.#end.signal);
    if (this.#finalExit === undefined) exitWith(this.#verdict(), lostExit);
  }
}

function exitWith(verdict: number, lostExit: number): never {
  process.exit(verdict === 0 ? lostExit : verdict);
}
