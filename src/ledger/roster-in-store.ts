/** What the store has to say of a roster that was read from a file, at start and when it is replaced. */
import type { Roster } from "../core/roster.ts";
import type { Heights } from "./heights.ts";
import type { LedgerOptions } from "./ledger-types.ts";
import type { StatementStore } from "./statement-store.ts";

/** With the rotations that take effect by themselves. */
export async function rotated(roster: Roster, statements: StatementStore): Promise<Roster> {
  let now = roster;
  for await (const rotation of statements.rotations()) now = now.withRotation(rotation) ?? now;
  return now;
}

export async function raiseHeights(
  { namespaces }: Pick<LedgerOptions, "namespaces">,
  roster: Roster,
  { heights, statements }: { readonly heights: Heights; readonly statements: StatementStore },
): Promise<void> {
  for (const { namespace } of namespaces) {
    for (const auditor of roster.names) {
      const newest = await statements.newestEpoch(namespace, auditor);
      if (newest !== undefined) heights.raise(namespace, auditor, newest);
    }
  }
}
