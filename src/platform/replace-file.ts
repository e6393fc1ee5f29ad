/** A small file replaced whole: after a crash or a full disk it has its old content or all of the new. */
import type { Stats } from "node:fs";
import { open, readlink, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { threadId } from "node:worker_threads";
import { CoauditError, errorMessage } from "../core/errors.ts";

export interface ReplaceFileOptions {
  /** Permissions of the file. Left out: those of the file that it replaces, for a new one 0666 less the umask. */
  readonly mode?: number;
  /**
   * What is done where the path is a link. "follow" (default): the file that it points at is replaced and the link
   * stays, as people who keep their files elsewhere expect it; anything but a file, such as a pipe, is written to.
   * "replace": the link itself, so that nobody who can put one there chooses where a secret goes.
   */
  readonly links?: "follow" | "replace";
}

/**
 * Written beside the target, synced, renamed, and the folder synced. Text may come in pieces. Throws FILE_NOT_WRITTEN;
 * the file is then unchanged, and nothing is left beside it.
 */
export async function replaceFile(
  path: string,
  content: Uint8Array | string | Iterable<string>,
  options: ReplaceFileOptions = {},
): Promise<void> {
  try {
    const before = await statIfThere(path);
    if (options.links === "replace") await replace(path, content, options.mode);
    else if (before?.isFile() === false) await writeFile(path, piecesOf(content));
    else await replace(await fileBehind(path), content, options.mode ?? (before && before.mode & 0o777));
  } catch (cause) {
    const reason = errorMessage(cause);
    throw new CoauditError(
      "FILE_NOT_WRITTEN",
      `${path} cannot be written: ${reason}`,
      { file: path, reason },
      { cause },
    );
  }
}

/** Whether `name` is what a crash left beside the file `of` while that was replaced. */
export function isLeftBeside(of: string, name: string): boolean {
  return name.startsWith(`${of}.`) && /^\d+-\d+-\d+\.new$/.test(name.slice(of.length + 1));
}

/** Within one folder; the new name survives a power cut. Throws the file system's own errors. */
export async function renameSynced(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Makes new, renamed and removed names in the folder survive a power cut. Throws the file system's own errors. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and writes names through by itself.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

let writes = 0;

async function replace(
  target: string,
  content: Uint8Array | string | Iterable<string>,
  mode: number | undefined,
): Promise<void> {
  // Unlike that of anybody else who is writing the same file: each of two writers leaves a complete file.
  const next = `${target}.${process.pid}-${threadId}-${++writes}.new`;
  try {
    // What a process of this id left there long ago; anything else that turns up in its place is not written to.
    await rm(next, { force: true });
    const file = await open(next, "wx", mode);
    try {
      await writeFile(file, piecesOf(content));
      // The umask took its part of the mode.
      if (mode !== undefined) await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameSynced(next, target);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

/** Where the links lead, even if nothing is there yet. */
async function fileBehind(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const link = await readlink(path).catch(() => undefined);
    return link === undefined ? path : fileBehind(resolve(dirname(path), link));
  }
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ENOENT";
}

/** Lines by the thousand are not written one by one. */
const WRITE_CHARACTERS = 1 << 20;

function piecesOf(content: Uint8Array | string | Iterable<string>): Uint8Array | string | Iterable<string> {
  return typeof content === "string" || content instanceof Uint8Array ? content : joined(content);
}

function* joined(pieces: Iterable<string>): Generator<string> {
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length < WRITE_CHARACTERS) continue;
    yield text;
    text = "";
  }
  yield text;
}
