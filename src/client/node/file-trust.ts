/** The trust state in a file: the one part of the SDK that needs Node. */
import { shown } from "../../core/printable.ts";
import { replaceFile } from "../../platform/replace-file.ts";
import { isMissing, readTextFile } from "../../platform/text-file.ts";
import { usage } from "../arguments.ts";
import type { TrustStorage } from "../trust-state.ts";

/** 64 namespaces with 256 KiB of evidence each, and their certificates. */
const MAX_STATE_BYTES = 64 * 1024 * 1024;

/**
 * The file is replaced whole, so that a crash leaves the old state or the new one; readable only by its owner. Programs
 * that share a file never damage it, but the last writer does not know what the other has accepted in the meantime:
 * give each its own file. Throws USAGE.
 */
export function fileTrust(file: string): TrustStorage {
  if (typeof file !== "string" || file === "") throw usage("file", `file: ${shown(file)} is not the name of a file`);
  return {
    async read() {
      try {
        return await readTextFile(file, MAX_STATE_BYTES);
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async write(text) {
      await replaceFile(file, text, { mode: 0o600 });
    },
  };
}
