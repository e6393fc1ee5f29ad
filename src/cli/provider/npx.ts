/** npx passes no signal on: whoever ends it means what it started. */
import { readFile } from "node:fs/promises";
import { systemClock } from "../../platform/system.ts";

const LOOK_MS = 500;

/** Who started this process, if npx did; to be asked for before anybody can know that it runs. */
export async function npxAbove(): Promise<string | undefined> {
  return process.env["npm_lifecycle_event"] === "npx" ? await ancestors() : undefined;
}

/** Resolves when that npx has ended, in whatever way; and when `stop` fires. */
export async function npxEnded(npx: string | undefined, stop: AbortSignal): Promise<void> {
  while (!stop.aborted && (npx === undefined || (await ancestors()) === npx)) await systemClock.sleep(LOOK_MS, stop);
}

/** Between npx and this process there may be a shell, which outlives an npx that was killed; /proc shows it. */
async function ancestors(): Promise<string> {
  const parent = process.ppid;
  const [command, status] = await Promise.all(
    ["cmdline", "status"].map((name) => readFile(`/proc/${parent}/${name}`, "utf8").catch(() => "")),
  );
  const isShell = command?.startsWith("sh\0-c\0") === true;
  return isShell ? `${parent} ${/^PPid:\s*(\d+)$/m.exec(status ?? "")?.[1]}` : `${parent}`;
}
