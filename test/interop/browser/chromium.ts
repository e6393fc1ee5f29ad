/** A headless Chromium: no network but the loopback. */
import { findProgram, PLAIN_HOST, whileRunning } from "./browser-process.ts";

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
  return findProgram("chromium", "chromium-browser", "google-chrome");
}

/** Opens the page and calls back; the browser ends when the callback is done. */
export function withPage<T>(chromium: string, url: string, done: () => Promise<T>): Promise<T> {
  const flags = (profile: string): string[] => [
    ...FLAGS,
    `--user-data-dir=${profile}`,
    "--remote-debugging-port=0",
    url,
  ];
  return whileRunning(chromium, flags, done);
}
