/** A policy from a file; errors give the file, line and column. */
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { type Policy, parsePolicy } from "../../core/policy.ts";
import { readTextFile } from "../../platform/text-file.ts";
import { printable } from "../text.ts";

/** Throws CONFIG_UNREADABLE, POLICY_INVALID. */
export async function loadPolicyFile(file: string): Promise<Policy> {
  const text = await readTextFile(file);
  return inPolicyFile(file, () => parsePolicy(text));
}

/** What the callback returns; an error in the policy names the file. */
export function inPolicyFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isCoauditError(error, "POLICY_INVALID")) throw error;
    const { line, column, reason } = error.metadata;
    const where = line === 0 ? file : `${file}:${line}:${column}`;
    throw new CoauditError("POLICY_INVALID", `${where}: ${printable(reason)}`, error.metadata, { cause: error });
  }
}
