/** What a result says about how it was made. */
import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { VERSION } from "../../version.ts";

export interface Provenance {
  readonly coaudit: string;
  /** Of the package's own checkout, with "-dirty" where files differ from it; null: not a checkout. */
  readonly commit: string | null;
  readonly node: string;
  readonly command: readonly string[];
}

const PACKAGE_FOLDER = fileURLToPath(new URL("../../../", import.meta.url));
const GIT_TIMEOUT_MS = 5_000;
const run = promisify(execFile);

/** `command`: what was typed. Never throws. */
export async function provenanceOf(command: readonly string[]): Promise<Provenance> {
  return { coaudit: VERSION, commit: await commitOf(PACKAGE_FOLDER), node: process.version, command };
}

async function commitOf(folder: string): Promise<string | null> {
  try {
    // An installed package may lie within another project's checkout.
    if ((await git(folder, "rev-parse", "--show-toplevel")) !== (await realpath(folder))) return null;
    return await git(folder, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*");
  } catch {
    return null;
  }
}

async function git(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run("git", ["-C", folder, ...args], { timeout: GIT_TIMEOUT_MS });
  return stdout.trim();
}
