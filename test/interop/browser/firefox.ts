/** A headless Firefox: no network but the loopback. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, PLAIN_HOST, whileRunning } from "./browser-process.ts";

/** Nothing is asked of anybody, and nothing is shown before the page. */
const PREFERENCES: Readonly<Record<string, string | boolean>> = {
  "network.dns.localDomains": PLAIN_HOST,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "extensions.getAddons.cache.enabled": false,
  // What the page is called by is plain http, on purpose.
  "dom.security.https_first": false,
};

/** The program, or undefined where this machine has none. */
export function findFirefox(): string | undefined {
  return findProgram("firefox-esr", "firefox");
}

/** Opens the page and calls back; the browser ends when the callback is done. */
export function withFirefoxPage<T>(firefox: string, url: string, done: () => Promise<T>): Promise<T> {
  const flags = (profile: string): string[] => {
    const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
    writeFileSync(join(profile, "user.js"), lines.join("\n"));
    return ["--headless", "--no-remote", "--profile", profile, url];
  };
  return whileRunning(firefox, flags, done);
}
