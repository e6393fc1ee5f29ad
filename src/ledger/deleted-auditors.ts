/** Refuses a roster from which an auditor was deleted (docs/protocol.md 8): entries are ended, never taken out. */
import { CoauditError } from "../core/errors.ts";
import type { LedgerOptions } from "./ledger-types.ts";
import type { StatementStore } from "./statement-store.ts";

/**
 * Without its entry an auditor's heads would count for nothing at any epoch, and old quorums would be gone. Throws
 * LEDGER_AUDITOR_MISSING.
 */
export async function refuseDeletedAuditors(
  { namespaces, roster }: Pick<LedgerOptions, "namespaces" | "roster">,
  statements: StatementStore,
): Promise<void> {
  for (const { namespace } of namespaces) {
    const missing = (await statements.auditorsHeld(namespace)).find((name) => roster.byName(name) === undefined);
    if (missing === undefined) continue;
    const message = `the roster lists no ${missing}, of whose heads this ledger holds some: put its entry back and end it with \`retired: { ${namespace}: EPOCH }\` instead of deleting it (docs/operations.md, Retiring an auditor)`;
    throw new CoauditError("LEDGER_AUDITOR_MISSING", message, { namespace, auditor: missing });
  }
}
