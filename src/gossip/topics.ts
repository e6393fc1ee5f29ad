/** Which statements travel on which topic. */
import { isAboutEpoch, type Statement } from "../core/statement.ts";

/** Statements about auditors and about cases, whatever the namespace. */
export const RECORDS_TOPIC = "/coaudit/1/records";

export function namespaceTopic(namespace: string): string {
  return `/coaudit/1/${namespace}`;
}

/** Heads and observations travel on the topic of their namespace, everything else on that of records. */
export function topicOf(statement: Statement): string {
  return isAboutEpoch(statement) ? namespaceTopic(statement.namespace) : RECORDS_TOPIC;
}
