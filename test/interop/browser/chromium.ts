/** A headless Chromium without a driver: a new profile each time, no network but the loopback. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A name that is not this machine's own, so that a page on plain http there is no secure context. */
export const PLAIN_HOST = "plain.test";

export const FLAGS: readonly string[] = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`,
];

/** The program, or undefined where this machine has none. */
export function findChromium(): string | undefined {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // the next name
    }
  }
  return undefined;
}

/** Opens the page and calls back; the browser ends when the callback is done. */
export async function withPage<T>(chromium: string, url: string, done: () => Promise<T>): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), "coaudit-chromium-"));
  const flags = [...FLAGS, `--user-data-dir=${profile}`, "--remote-debugging-port=0", url];
  const browser = spawn(chromium, flags, { stdio: "ignore", detached: true });
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
