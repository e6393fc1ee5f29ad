/** What an app knows about keys in a file, for programs on Node: `coaudit/client/keys/file`. */
import { open, rename, rm, stat } from "node:fs/promises";
import { CoauditError } from "../../core/errors.ts";
import { Serial } from "../../core/serial.ts";
import { replaceFile } from "../../platform/replace-file.ts";
import { isMissing, readTextFile } from "../../platform/text-file.ts";
import type { KeyStorage } from "../keys/key-storage.ts";
import { webClock } from "../web-system.ts";

/** A change takes milliseconds; a lock as old as this was left by a program that ended in the middle. */
const STALE_LOCK_MS = 30_000;
const RETRY_MS = 20;
const GIVE_UP_MS = 60_000;

/**
 * The file is replaced whole, readable by its owner only, and a lock file beside it lets programs take turns. Throws
 * KEY_STATE_INVALID when a turn does not come within a minute.
 */
export function fileKeys(file: string): KeyStorage {
  const turns = new Serial();
  return {
    update: (change) =>
      turns.run(async () => {
        const lock = `${file}.lock`;
        await acquire(lock);
        try {
          const next = change(await textOf(file));
          if (next !== undefined) await replaceFile(file, next, { mode: 0o600 });
        } finally {
          await rm(lock, { force: true });
        }
      }),
  };
}

async function acquire(lock: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < GIVE_UP_MS; waitedMs += RETRY_MS) {
    try {
      await (await open(lock, "wx", 0o600)).close();
      return;
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
    }
    await removeStale(lock);
    await webClock.sleep(RETRY_MS);
  }
  const reason = `${lock} is held by another program; if none is running, remove it`;
  throw new CoauditError("KEY_STATE_INVALID", reason, { reason });
}

/** By renaming, which only one of those who find it stale can do. */
async function removeStale(lock: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(lock);
    if (webClock.now() - mtimeMs < STALE_LOCK_MS) return;
    const aside = `${lock}.${mtimeMs}`;
    await rename(lock, aside);
    await rm(aside, { force: true });
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

/** Thousands of contacts have some MiB. */
const MAX_STATE_BYTES = 64 * 1024 * 1024;

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readTextFile(file, MAX_STATE_BYTES);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return (error as { code?: unknown }).code === code;
}
