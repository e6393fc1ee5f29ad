/** Makes the rows of all conflicting epochs anew when the assumptions on which they depend have changed. */
import { equalBytes } from "../../core/bytes.ts";
import type { Assumptions } from "../../core/evidence.ts";
import type { StatementStore } from "../statement-store.ts";
import { casesBasisKey, conflictKey } from "../store/keyspace.ts";
import type { Store, StoreOperation } from "../store/store.ts";
import { basisOf, encodeSaid, saidOf } from "./conflict-row.ts";

const ROWS_A_BATCH = 1_000;

/** Inside a commit. The basis is written last: whatever ends this, a start begins it again. */
export async function remakeConflictRows(
  namespaces: readonly string[],
  assumptions: Assumptions,
  { store, statements }: { readonly store: Store; readonly statements: StatementStore },
): Promise<void> {
  const basis = basisOf(assumptions);
  if (equalBytes((await statements.casesBasis()) ?? new Uint8Array(), basis)) return;
  for (const namespace of namespaces) {
    let rows: StoreOperation[] = [];
    for await (const epoch of statements.conflictEpochs(namespace)) {
      const view = await statements.epochView(namespace, epoch, assumptions.roster.names);
      rows.push({ type: "put", key: conflictKey(namespace, epoch), value: encodeSaid(saidOf(view, assumptions)) });
      if (rows.length < ROWS_A_BATCH) continue;
      await store.batch(rows, { sync: false });
      rows = [];
    }
    await store.batch(rows, { sync: false });
  }
  await store.batch([{ type: "put", key: casesBasisKey, value: basis }], { sync: false });
}
