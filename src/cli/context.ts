/** What a command uses of its process, so that tests can call commands with everything captured. */
export interface CliContext {
  /** One line or block to standard output; the newline is added. */
  out(text: string): void;
  /** The same to standard error. */
  err(text: string): void;
  readonly hasColors: boolean;
  /** Standard output is a terminal whose screen may be cleared. */
  readonly isTerminal: boolean;
  /** Calls back on each SIGINT and SIGTERM instead of ending the process; returns a function that stops listening. */
  onSignal(listener: (signal: "SIGINT" | "SIGTERM") => void): () => void;
  /** Ends the process at once, whatever it is doing, with this exit code or the one already set. */
  exitNow(exitCode?: number): void;
  /** The command's exit code when it ends without an error; 0 unless set. */
  exitCode: number;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export function processContext(): CliContext {
  const isTerminal = process.stdout.isTTY === true;
  return {
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
    // https://no-color.org: set and not empty.
    hasColors: isTerminal && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb",
    isTerminal,
    onSignal(listener) {
      for (const signal of SIGNALS) process.on(signal, listener);
      return () => {
        for (const signal of SIGNALS) process.off(signal, listener);
      };
    },
    exitNow(exitCode) {
      // process.exit(undefined) would end with 0 whatever is set.
      if (exitCode === undefined) process.exit();
      process.exit(exitCode);
    },
    exitCode: 0,
  };
}
