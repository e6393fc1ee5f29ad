/** A folder for results, as a person named it. */

import { CoauditError, errorMessage } from "../../core/errors.ts";
import { makeFolders } from "../../platform/make-folders.ts";

/** Makes it and its parents, unless they exist. Throws CONFIG_UNREADABLE. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (cause) {
    const message = `${folder} cannot be made: ${errorMessage(cause)}; name another one`;
    throw new CoauditError("CONFIG_UNREADABLE", message, { file: folder }, { cause });
  }
}
