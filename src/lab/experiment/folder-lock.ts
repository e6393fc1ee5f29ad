/**
 * One process at a time writes into a folder of results. The lock is LevelDB's, which the operating system releases
 * when the process dies: there is no file with a process id to believe, or to remove by hand.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { CoauditError } from "../../core/errors.ts";

/** Its folder, in the folder that it guards; it is there only while that is written to, or after a crash. */
export const LOCK = ".lock";

export class FolderLock {
  readonly #path: string;
  readonly #database: ClassicLevel;
  #isReleased = false;

  /**
   * Throws RUN_FOLDER_BUSY, RUN_FOLDER_OCCUPIED where another program's `.lock` is in the folder, CONFIG_UNREADABLE
   * where the folder takes no files.
   */
  static async take(folder: string): Promise<FolderLock> {
    const path = join(folder, LOCK);
    await refuseForeign(folder, path);
    const database = new ClassicLevel(path);
    try {
      await database.open();
      return new FolderLock(path, database);
    } catch (error) {
      throw refusal(folder, error);
    }
  }

  private constructor(path: string, database: ClassicLevel) {
    this.#path = path;
    this.#database = database;
  }

  /**
   * Where its folder cannot be removed, the next process takes the same one. A second time it does nothing: by then the
   * lock may be another process's.
   */
  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    await this.#database.close();
    await rm(this.#path, { recursive: true, force: true }).catch(() => {});
  }
}

/** A folder of that name that LevelDB did not make is somebody else's; a killed process may have left an empty one. */
async function refuseForeign(folder: string, path: string): Promise<void> {
  const found = await readdir(path).catch(() => [] as string[]);
  if (found.length === 0 || found.includes("CURRENT") || found.every((name) => MADE_FIRST.test(name))) return;
  const message = `${folder}: its ${LOCK} is another program's; choose a new or empty folder`;
  throw new CoauditError("RUN_FOLDER_OCCUPIED", message, { folder, found: [LOCK] });
}

/** What LevelDB makes before CURRENT: a process may have been killed in between. */
const MADE_FIRST = /^(LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.[a-z]+)$/;

function refusal(folder: string, error: unknown): CoauditError {
  const cause = (error as { cause?: { code?: unknown; message?: string } }).cause;
  if (cause?.code === "LEVEL_LOCKED") {
    const message = `another coaudit process is writing to ${folder}; wait until it has ended, or name another --out`;
    return new CoauditError("RUN_FOLDER_BUSY", message, { folder }, { cause: error });
  }
  const message = `${folder} cannot be written to: ${cause?.message ?? String(error)}; name another one`;
  return new CoauditError("CONFIG_UNREADABLE", message, { file: folder }, { cause: error });
}
