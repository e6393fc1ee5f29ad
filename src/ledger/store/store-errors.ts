import { CoauditError, errorMessage } from "../../core/errors.ts";

/** Also what a quota answers. LevelDB passes on only the text of errno. */
const NO_SPACE = /No space left on device|Disk quota exceeded|ENOSPC|EDQUOT/;

/** STORE_FULL if the disk has no space, STORE_IO for every other failure of the disk; our own errors pass unchanged. */
export function diskError(path: string, operation: string, cause: unknown): CoauditError {
  if (cause instanceof CoauditError) return cause;
  const reason = errorMessage(cause);
  if (NO_SPACE.test(reason) || NO_SPACE.test(errorCode(cause) ?? "")) {
    const message = `${path}: the disk is full (${operation}). Free space: a node that runs then goes on by itself.`;
    return new CoauditError("STORE_FULL", message, { path, operation }, { cause });
  }
  const message = `${path}: ${operation} failed (${reason}). Check the disk and the permissions, then restart the node.`;
  return new CoauditError("STORE_IO", message, { path, operation }, { cause });
}

/** The code that Node and LevelDB put on their errors. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
