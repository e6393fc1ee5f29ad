/** A browser without a driver, with a new profile each time. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A name that is not this machine's own, so that a page on plain http there is no secure context. */
export const PLAIN_HOST = "plain.test";

/** The first of these programs that this machine has. */
export function findProgram(...names: readonly string[]): string | undefined {
  for (const name of names) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // the next name
    }
  }
  return undefined;
}

/** Starts it with what `flags` makes of a folder for its profile, and calls back; it ends when the callback is done. */
export async function whileRunning<T>(
  program: string,
  flags: (profile: string) => readonly string[],
  done: () => Promise<T>,
): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), "coaudit-browser-"));
  const env = { ...process.env, HOME: profile };
  const browser = spawn(program, flags(profile), { stdio: "ignore", detached: true, env });
  try {
    return await done();
  } finally {
    await ended(browser);
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** The browser with all of its processes, which are a group of their own. */
async function ended(browser: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => browser.once("exit", resolve));
  if (browser.pid !== undefined && browser.exitCode === null) {
    process.kill(-browser.pid, "SIGKILL");
    await exit;
  }
}
