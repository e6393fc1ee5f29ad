/** One way to read the files that people name: bounded, UTF-8, a byte order mark skipped. */
import { open } from "node:fs/promises";
import { CoauditError, errorMessage } from "../core/errors.ts";
import { decodeUtf8 } from "../core/utf8.ts";

/** The largest that is meant, a certificate with 16 cases of 64 KiB in base64, is about 1.5 MiB. */
export const MAX_TEXT_FILE_BYTES: number = 4 * 1024 * 1024;

/** Throws CONFIG_UNREADABLE: not there, not to be read, too large, not UTF-8. */
export async function readTextFile(file: string, maxBytes: number = MAX_TEXT_FILE_BYTES): Promise<string> {
  const bytes = await bytesOf(file, maxBytes);
  try {
    const text = decodeUtf8(bytes);
    // Editors of another system write it.
    return text.startsWith("\uFEFF") ? text.slice(1) : text;
  } catch (cause) {
    throw unreadable(file, "it is not UTF-8 text; save it as UTF-8", cause);
  }
}

/** A device or a pipe says nothing of its size, so what is read is counted. [/dev/zero] */
async function bytesOf(file: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      const room = Buffer.alloc(Math.min(size > 0 ? size + 1 : maxBytes + 1, maxBytes + 1));
      let length = 0;
      while (length < room.length) {
        const { bytesRead } = await handle.read(room, length, room.length - length, null);
        if (bytesRead === 0) return new Uint8Array(room.subarray(0, length));
        length += bytesRead;
      }
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw unreadable(file, reasonOf(cause), cause);
  }
  throw unreadable(file, `it is larger than ${maxBytes} bytes`);
}

/** True when the error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return code === "ENOENT" || (cause !== undefined && isMissing(cause));
}

/** What to do about it, where that is not plain. */
function reasonOf(cause: unknown): string {
  const { code } = cause as { code?: unknown };
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder, not a file";
  if (code !== "EACCES" && code !== "EPERM") return errorMessage(cause);
  return "this user may not read it; run the command as the user that owns the file";
}

function unreadable(file: string, reason: string, cause?: unknown): CoauditError<"CONFIG_UNREADABLE"> {
  return new CoauditError("CONFIG_UNREADABLE", `${file}: ${reason}`, { file }, { cause });
}
