import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";

/**
 * The error for a file of results that cannot be written. `again`: what running the same command again will do.
 */
export function notWritten(file: string, again: string, cause: unknown): CoauditError<"SIMULATION_RESULT_NOT_WRITTEN"> {
  const reason = isCoauditError(cause, "FILE_NOT_WRITTEN") ? cause.metadata.reason : errorMessage(cause);
  const message = `${file} cannot be written: ${reason}; free space or fix the disk, then run the same command again: ${again}`;
  return new CoauditError("SIMULATION_RESULT_NOT_WRITTEN", message, { file, reason }, { cause });
}
