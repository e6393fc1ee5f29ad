/** Where a running node's API listens, kept in its data folder: with port 0 nobody could know otherwise. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

export async function writeApiUrl(dataFolder: string, url: string): Promise<void> {
  await writeFile(fileIn(dataFolder), `${url}\n`);
}

export async function removeApiUrl(dataFolder: string): Promise<void> {
  await rm(fileIn(dataFolder), { force: true });
}

/** Undefined when no node wrote it. */
export async function readApiUrl(dataFolder: string): Promise<string | undefined> {
  try {
    return (await readFile(fileIn(dataFolder), "utf8")).trim();
  } catch {
    return undefined;
  }
}

function fileIn(dataFolder: string): string {
  return join(dataFolder, "api.url");
}
