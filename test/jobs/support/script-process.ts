/** Scripts of this folder as processes that print lines. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";

const running: Set<ChildProcess> = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class ScriptProcess {
  readonly lines: string[] = [];
  /** The exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;

  /** `file`: relative to this folder. */
  constructor(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const script = fileURLToPath(new URL(file, import.meta.url));
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", ...env },
    });
    this.#child = child;
    running.add(child);
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on("line", (line) => this.lines.push(line));
    this.exited = new Promise((resolve) => {
      child.once("close", (code) => {
        running.delete(child);
        resolve(code);
      });
    });
  }

  /** Until it has printed so many lines that begin so. */
  async said(start: string, times = 1): Promise<void> {
    await vi.waitFor(
      () => {
        const found = this.lines.filter((line) => line.startsWith(start)).length;
        if (found < times) throw new Error(`"${start}" ${found} of ${times} times in:\n${this.lines.join("\n")}`);
      },
      { timeout: 60_000, interval: 20 },
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }
}
