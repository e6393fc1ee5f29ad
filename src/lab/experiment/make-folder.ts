/** A folder for results, as a person named it. */
import { mkdir } from "node:fs/promises";
import { CoauditError, errorMessage } from "../../core/errors.ts";

/** Makes it, and those above it; takes one that is there. Throws CONFIG_UNREADABLE. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const message = `${folder} cannot be made: ${errorMessage(cause)}; name another one`;
    throw new CoauditError("CONFIG_UNREADABLE", message, { file: folder }, { cause });
  }
}
