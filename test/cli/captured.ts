/** Calls the command with everything captured. */
import type { CliContext } from "../../src/cli/context.ts";
import { main } from "../../src/cli/main.ts";

export interface Captured {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export class CapturedContext implements CliContext {
  readonly outLines: string[] = [];
  readonly errLines: string[] = [];
  readonly exits: (number | undefined)[] = [];
  readonly hasColors = false;
  readonly isTerminal = false;
  readonly logStyle = "json";
  exitCode = 0;
  readonly #hangupListeners: Set<() => void> = new Set();
  readonly #listeners: Set<(signal: "SIGINT" | "SIGTERM") => void> = new Set();

  out(text: string): void {
    this.outLines.push(text);
  }

  err(text: string): void {
    this.errLines.push(text);
  }

  onSignal(listener: (signal: "SIGINT" | "SIGTERM") => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  signal(signal: "SIGINT" | "SIGTERM"): void {
    for (const listener of this.#listeners) listener(signal);
  }

  hangUp(): void {
    for (const listener of this.#hangupListeners) listener();
  }

  onHangup(listener: () => void): () => void {
    this.#hangupListeners.add(listener);
    return () => this.#hangupListeners.delete(listener);
  }

  stayAlive(): void {}

  ended(exitCode: number): number {
    return exitCode;
  }

  exitNow(exitCode?: number): void {
    this.exits.push(exitCode);
  }
}

export async function coaudit(...args: string[]): Promise<Captured> {
  const context = new CapturedContext();
  const exitCode = await main(["node", "coaudit", ...args], context);
  return { exitCode, out: context.outLines.join("\n"), err: context.errLines.join("\n") };
}
