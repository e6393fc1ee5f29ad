/** Which process runs a node, kept in its data folder: a node that does not answer is not one that does not run. */
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../platform/replace-file.ts";
import { readTextFile } from "../../platform/text-file.ts";
import { apiUrlFile } from "./api-url-file.ts";

/**
 * Unless another process that lives has the folder: opening it fails then, and says so. In a container each start may
 * have the same id.
 */
export async function writePid(dataFolder: string): Promise<void> {
  const pid = await runningPid(dataFolder);
  if (pid !== undefined && pid !== process.pid) return;
  await replaceFile(fileIn(dataFolder), `${process.pid}\n`, { mode: 0o600, links: "replace" });
}

export async function removePid(dataFolder: string): Promise<void> {
  if ((await writtenPid(dataFolder)) === process.pid) await rm(fileIn(dataFolder), { force: true });
}

/** The process of the node with this data folder; undefined when none lives. */
export async function runningPid(dataFolder: string): Promise<number | undefined> {
  const pid = await writtenPid(dataFolder);
  return pid !== undefined && isAlive(pid) && (await isNode(pid)) ? pid : undefined;
}

/** It has not said yet where its API listens: what stands there is of an earlier process. */
export async function isStarting(dataFolder: string): Promise<boolean> {
  const times = await Promise.all(
    [fileIn(dataFolder), apiUrlFile(dataFolder)].map((file) => stat(file).catch(() => undefined)),
  );
  const [started, said] = times.map((one) => one?.mtimeMs ?? 0) as [number, number];
  return said < started;
}

async function writtenPid(dataFolder: string): Promise<number | undefined> {
  const text = await readTextFile(fileIn(dataFolder)).catch(() => "");
  const pid = Number(/^[1-9]\d{0,9}\n$/.exec(text)?.[0]);
  return Number.isSafeInteger(pid) ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It lives, and is somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** After a crash and a reboot the id may be another program's. Where there is no /proc it is believed. */
async function isNode(pid: number): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => undefined);
  return command === undefined || (/coaudit/.test(command) && command.split("\0").includes("run"));
}

function fileIn(dataFolder: string): string {
  return join(dataFolder, "run.pid");
}
