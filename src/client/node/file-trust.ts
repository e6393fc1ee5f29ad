/** The trust state in a file: the one part of the SDK that needs Node. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import type { TrustStorage } from "../trust-state.ts";

let writes = 0;

/**
 * The file is replaced whole, so that a crash leaves the old state or the new one; readable by its owner only. Programs
 * that share a file never damage it, but the one that writes last does not know what the other accepted in between:
 * give each its own.
 */
export function fileTrust(file: string): TrustStorage {
  return {
    async read() {
      try {
        return await readFile(file, "utf8");
      } catch (error) {
        if ((error as { code?: unknown }).code === "ENOENT") return undefined;
        throw error;
      }
    },
    async write(text) {
      const next = `${file}.${process.pid}.${++writes}.new`;
      try {
        await writeFile(next, text, { mode: 0o600, flush: true });
        await rename(next, file);
      } catch (error) {
        await rm(next, { force: true });
        throw error;
      }
    },
  };
}
