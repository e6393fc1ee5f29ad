/** npx passes no signal on: whoever ends it means what it started. */
import { readFile } from "node:fs/promises";
import { systemClock } from "../../platform/system.ts";

const LOOK_MS = 500;

/** Resolves when the npx that started this process has ended, in whatever way; and when `stop` fires. */
export async function npxEnded(stop: AbortSignal): Promise<void> {
  const started = process.env["npm_lifecycle_event"] === "npx" ? await ancestors() : undefined;
  while (!stop.aborted && (started === undefined || (await ancestors()) === started)) {
    await systemClock.sleep(LOOK_MS, stop);
  }
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
