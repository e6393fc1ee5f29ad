/** Which version last opened a data folder, so that an older one that refuses it can name it. */
import { join } from "node:path";
import { CoauditError, isCoauditError } from "../core/errors.ts";
import { replaceFile } from "../platform/replace-file.ts";
import { readTextFile } from "../platform/text-file.ts";
import { VERSION } from "../version.ts";

function fileIn(dataFolder: string): string {
  return join(dataFolder, "version");
}

/** After everything in the folder was opened. Throws FILE_NOT_WRITTEN. */
export async function writeMadeBy(dataFolder: string): Promise<void> {
  if ((await madeBy(dataFolder)) !== VERSION) await replaceFile(fileIn(dataFolder), `${VERSION}\n`, { mode: 0o600 });
}

/** The error, with the version to run named where the folder is of a newer or another one. */
export async function namingMaker(error: unknown, dataFolder: string): Promise<unknown> {
  if (!isCoauditError(error, "STORE_SCHEMA_NEWER", "CLAIMS_OTHER_VERSION")) return error;
  const maker = await madeBy(dataFolder);
  if (maker === undefined || maker === VERSION) return error;
  const message = `${error.message} (${dataFolder} was last opened by coaudit ${maker}; this is ${VERSION})`;
  return new CoauditError(error.code, message, error.metadata, { cause: error });
}

async function madeBy(dataFolder: string): Promise<string | undefined> {
  const text = await readTextFile(fileIn(dataFolder)).catch(() => "");
  return /^[0-9A-Za-z.+-]{1,64}$/.exec(text.trim())?.[0];
}
