import { isCoauditError } from "../../src/core/errors.ts";

/** The code of what `work` throws, "none" when it does not; an error without a code is a bug, and thrown on. */
export function codeOf(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (error) {
    if (isCoauditError(error)) return error.code;
    throw error;
  }
}
