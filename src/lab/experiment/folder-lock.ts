/**
 * One process at a time writes into a folder of results. The lock is LevelDB's, which the operating system releases
 * when the process dies: there is no file with a process id to believe, or to remove by hand.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { CoauditError } from "../../core/errors.ts";

/** Its folder, in the folder that it guards; it is there only while that is written to, or after a crash. */
export const LOCK = ".lock";

export class FolderLock {
  readonly #path: string;
  readonly #database: ClassicLevel;

  /** Throws RUN_FOLDER_BUSY, CONFIG_UNREADABLE where the folder takes no files. */
  static async take(folder: string): Promise<FolderLock> {
    const path = join(folder, LOCK);
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

  /** Where its folder cannot be removed, the next process takes the same one. */
  async release(): Promise<void> {
    await this.#database.close();
    await rm(this.#path, { recursive: true, force: true }).catch(() => {});
  }
}

function refusal(folder: string, error: unknown): CoauditError {
  const cause = (error as { cause?: { code?: unknown; message?: string } }).cause;
  if (cause?.code === "LEVEL_LOCKED") {
    const message = `another coaudit process is writing to ${folder}; wait until it has ended, or name another --out`;
    return new CoauditError("RUN_FOLDER_BUSY", message, { folder }, { cause: error });
  }
  const message = `${folder} cannot be written to: ${cause?.message ?? String(error)}; name another one`;
  return new CoauditError("CONFIG_UNREADABLE", message, { file: folder }, { cause: error });
}
