/** Where a running node's API listens, kept in its data folder: with port 0 nobody could know otherwise. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../platform/replace-file.ts";
import { readTextFile } from "../../platform/text-file.ts";

/** For its owner only: whoever could point commands elsewhere would be sent the operator's token. */
export async function writeApiUrl(dataFolder: string, url: string): Promise<void> {
  await replaceFile(apiUrlFile(dataFolder), `${url}\n`, { mode: 0o600, links: "replace" });
}

export async function removeApiUrl(dataFolder: string): Promise<void> {
  await rm(apiUrlFile(dataFolder), { force: true });
}

/** Undefined when no node wrote it. */
export async function readApiUrl(dataFolder: string): Promise<string | undefined> {
  try {
    return (await readTextFile(apiUrlFile(dataFolder))).trim();
  } catch {
    return undefined;
  }
}

export function apiUrlFile(dataFolder: string): string {
  return join(dataFolder, "api.url");
}
