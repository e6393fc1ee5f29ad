/** A private key as a file that only its owner can read. One line, so that a backup is a copy. */
import { stat, writeFile } from "node:fs/promises";
import { fromBase64, toBase64 } from "../../core/bytes.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import { isMissing, readTextFile } from "../../platform/text-file.ts";

const FORMAT = "coaudit-ed25519-seed/v1";

/** Throws KEY_FILE_EXISTS rather than overwrite a key: signatures made with it could never be made again. */
export function writeKeyFile(file: string, seed: Uint8Array): Promise<void> {
  return writeSecretFile(file, `${FORMAT} ${toBase64(seed)}\n`);
}

/** The 32-byte seed. Throws KEY_FILE_UNREADABLE, and KEY_FILE_EXPOSED when others may read the file. */
export async function readKeyFile(file: string): Promise<Uint8Array> {
  const text = await readSecretFile(file, "coaudit init");
  const [format, encoded, ...rest] = text.trim().split(" ");
  if (format !== FORMAT || encoded === undefined || rest.length > 0) throw unreadable(file, `not a ${FORMAT} file`);
  try {
    const seed = fromBase64(encoded, "the seed");
    if (seed.length !== 32) throw unreadable(file, `the seed has ${seed.length} bytes, expected 32`);
    return seed;
  } catch (cause) {
    if (isCoauditError(cause, "KEY_FILE_UNREADABLE")) throw cause;
    throw unreadable(file, errorMessage(cause), cause);
  }
}

/** For its owner only. Throws KEY_FILE_EXISTS, KEY_FILE_UNREADABLE. */
export async function writeSecretFile(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") {
      const message = `${file} exists: a key is never overwritten; choose another name`;
      throw new CoauditError("KEY_FILE_EXISTS", message, { file }, { cause });
    }
    throw unreadable(file, errorMessage(cause), cause);
  }
}

/** `maker`: the command that makes such files. Throws KEY_FILE_UNREADABLE, KEY_FILE_EXPOSED. */
export async function readSecretFile(file: string, maker: string): Promise<string> {
  let text: string;
  let mode: number;
  try {
    mode = (await stat(file)).mode;
    text = await readTextFile(file);
  } catch (cause) {
    if (isMissing(cause)) throw unreadable(file, `there is no such file; \`${maker}\` creates keys`, cause);
    throw unreadable(file, errorMessage(cause).replace(`${file}: `, ""), cause);
  }
  if ((mode & 0o077) === 0) return text;
  const shown = (mode & 0o777).toString(8);
  const message = `${file} has mode ${shown}: others may read the key; run chmod 600 ${file}`;
  throw new CoauditError("KEY_FILE_EXPOSED", message, { file, mode: shown });
}

function unreadable(file: string, reason: string, cause?: unknown): CoauditError<"KEY_FILE_UNREADABLE"> {
  return new CoauditError("KEY_FILE_UNREADABLE", `${file}: ${reason}`, { file, reason }, { cause });
}
