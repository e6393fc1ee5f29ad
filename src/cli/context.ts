import { errorMessage } from "../core/errors.ts";
import { LostOutput } from "./lost-output.ts";
import { printable } from "./text.ts";

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
  /** Calls back on each SIGHUP; to be called after `stayAlive`, until which SIGHUP ends the process. */
  onHangup(listener: () => void): () => void;
  /** How the lines of a log look on standard error: for programs, or for people at a terminal. */
  readonly logStyle: "json" | "plain" | "colors";
  /**
   * For a command that runs for years: it goes on without its standard output and terminal, is ended by SIGINT and
   * SIGTERM alone, and what nobody caught ends it with one line and exit code 1.
   */
  stayAlive(): void;
  /** Ends the process at once, whatever it is doing, with this exit code or the one already set. */
  exitNow(exitCode?: number): void;
  /** The command's exit code when it ends without an error; 0 unless set. */
  exitCode: number;
  /** The command is over: what its process ends with, which a lost output may change. */
  ended(exitCode: number): number;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/**
 * The first ends a process by default unless a command does something at it, the second opens a debugger to everybody
 * on this machine, the third ends it.
 */
const IGNORED_SIGNALS = ["SIGHUP", "SIGUSR1", "SIGUSR2"] as const;

export function processContext(): CliContext {
  const isTerminal = process.stdout.isTTY === true;
  // https://no-color.org: set and not empty.
  const wantsColors = !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
  // Commands without a context set that of the process.
  const lost = new LostOutput(() => (context.exitCode === 0 ? Number(process.exitCode ?? 0) : context.exitCode));
  process.stdout.on("error", (error) => lost.note(error));
  process.stderr.on("error", () => {});
  const context: CliContext = {
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
    hasColors: isTerminal && wantsColors,
    logStyle: process.stderr.isTTY !== true ? "json" : wantsColors ? "colors" : "plain",
    isTerminal,
    onSignal(listener) {
      for (const signal of SIGNALS) process.on(signal, listener);
      return () => {
        for (const signal of SIGNALS) process.off(signal, listener);
      };
    },
    onHangup(listener) {
      process.on("SIGHUP", listener);
      return () => process.off("SIGHUP", listener);
    },
    stayAlive() {
      lost.ignore();
      for (const signal of IGNORED_SIGNALS) process.on(signal, () => {});
      const uncaught = (error: unknown): void => {
        process.stderr.write(`coaudit: ended by an error that nobody caught: ${printable(errorMessage(error))}\n`);
        process.exit(1);
      };
      process.on("uncaughtException", uncaught).on("unhandledRejection", uncaught);
    },
    exitNow(exitCode) {
      // process.exit(undefined) would end with 0 whatever is set.
      if (exitCode === undefined) process.exit();
      process.exit(exitCode);
    },
    exitCode: 0,
    ended: (exitCode) => lost.ended(exitCode),
  };
  return context;
}
