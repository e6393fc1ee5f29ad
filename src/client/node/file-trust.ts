/** The trust state in a file: the one part of the SDK that needs Node. */
import { readFile, rename, writeFile } from "node:fs/promises";
import type { TrustStorage } from "../trust-state.ts";

/** The file is replaced whole, so that a crash leaves the old state or the new one; readable by its owner only. */
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
      const next = `${file}.new`;
      await writeFile(next, text, { mode: 0o600, flush: true });
      await rename(next, file);
    },
  };
}
