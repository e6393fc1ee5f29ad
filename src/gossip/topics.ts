/** Which statements travel on which topic. */
import type { StatementType } from "../core/statement-codec.ts";

/** Statements about auditors and about cases, whatever the namespace. */
export const RECORDS_TOPIC = "/coaudit/1/records";

export function namespaceTopic(namespace: string): string {
  return `/coaudit/1/${namespace}`;
}

export const NAMESPACE_STATEMENTS: readonly StatementType[] = [
  "signed-head",
  "half-head",
  "provider-head",
  "observation",
];
export const RECORD_STATEMENTS: readonly StatementType[] = ["evidence", "auditor-record", "key-rotation"];
