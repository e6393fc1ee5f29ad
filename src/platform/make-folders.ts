/** A folder and those above it. */
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * The topmost folder that was made; undefined if all were there. Not mkdir's own `recursive`: where a file system says
 * "no such file" of a folder that is there, as /proc does, Node asks for ever on one core. Throws the file system's own
 * errors.
 */
export async function makeFolders(folder: string, mode = 0o777): Promise<string | undefined> {
  const path = resolve(folder);
  try {
    await mkdir(path, { mode });
    return path;
  } catch (error) {
    if (await isFolder(path)) return undefined;
    const isParentMissing = (error as NodeJS.ErrnoException).code === "ENOENT" && !(await isFolder(dirname(path)));
    if (!isParentMissing || dirname(path) === path) throw error;
  }
  const first = await makeFolders(dirname(path), mode);
  const own = await makeFolders(path, mode);
  return first ?? own;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
