/** What an error that ended a step means: none of them changes the state of a namespace. */
import { errorMessage, isCoauditError } from "../core/errors.ts";
import { isTransportError } from "../source/source.ts";
import type { BehindReason, Trouble } from "./trouble.ts";

export function troubleOf(cause: unknown): Trouble {
  return { reason: reasonOf(cause), code: codeOf(cause), message: errorMessage(cause), cause };
}

function reasonOf(error: unknown): BehindReason {
  if (isTransportError(error)) return "transport";
  if (!isCoauditError(error)) return DISK_ERRORS.includes(codeOf(error)) ? "storage" : "internal";
  if (error.code === "VERIFIER_CAP_EXCEEDED") return "source";
  return /^(STORE|CLAIMS?|LEDGER)_/.test(error.code) ? "storage" : "internal";
}

/** As node:fs names them, in case one comes through unwrapped. */
const DISK_ERRORS: readonly string[] = ["ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE"];

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "UNEXPECTED";
}
