/** What is wrong with a certificate: it is JSON from elsewhere, whatever its type says. */
import { CoauditError, type ErrorMetadata, isCoauditError } from "./errors.ts";

export function invalid(
  reason: string,
  about: ErrorMetadata["CERTIFICATE_INVALID"]["about"] = "format",
  cause?: unknown,
): CoauditError<"CERTIFICATE_INVALID"> {
  return new CoauditError("CERTIFICATE_INVALID", `certificate: ${reason}`, { reason, about }, { cause });
}

/** What the callback returns; an error in a value of a certificate becomes an error of the certificate. */
export function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw isCoauditError(cause) ? invalid(cause.message, "format", cause) : cause;
  }
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}
