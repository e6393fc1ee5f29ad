/** What version of the keyspace a store holds, checked before anything else is read. */
import { readU32be, u32be } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { EVERYTHING, schemaKey } from "./keyspace.ts";
import type { Store } from "./store.ts";

export const SCHEMA_VERSION = 1;

/** Brings a store from version `from` to `from + 1`. Forward only: to go back, restore the earlier folder. */
interface Migration {
  readonly from: number;
  run(store: Store): Promise<void>;
}

/** In order, without gaps. Empty while version 1 is the only one. */
const MIGRATIONS: readonly Migration[] = [];

/**
 * Stamps an empty store, migrates an older one, refuses a newer one. Throws STORE_SCHEMA_NEWER, and STORE_DAMAGED when
 * entries are there but the version is not, or when `mode` expects a store that was stamped before.
 */
export async function checkSchema(store: Store, folder: string, mode: "create" | "existing"): Promise<void> {
  let version = await readSchemaVersion(store, folder);
  if (version === undefined) {
    if (mode === "existing" || !(await isEmpty(store))) {
      const reason = "it holds no schema version, which every store gets when it is created";
      throw new CoauditError(
        "STORE_DAMAGED",
        `${folder}: ${reason}. Move the folder aside and start with an empty one, or restore it.`,
        { folder, reason },
      );
    }
    version = SCHEMA_VERSION;
    await writeSchemaVersion(store, version);
  }
  for (const migration of MIGRATIONS) {
    if (migration.from !== version) continue;
    await migration.run(store);
    version += 1;
    await writeSchemaVersion(store, version);
  }
}

/** Throws STORE_SCHEMA_NEWER; undefined if the store has no version. */
async function readSchemaVersion(store: Store, folder: string): Promise<number | undefined> {
  const stored = await store.get(schemaKey);
  if (stored === undefined) return undefined;
  const found = stored.length === 4 ? readU32be(stored) : 0;
  if (found === 0) {
    const reason = "its schema version is unreadable";
    throw new CoauditError("STORE_DAMAGED", `${folder}: ${reason}. Move the folder aside and restore it.`, {
      folder,
      reason,
    });
  }
  if (found > SCHEMA_VERSION) {
    throw new CoauditError(
      "STORE_SCHEMA_NEWER",
      `${folder} was written by a newer coaudit (schema ${found}, this one knows ${SCHEMA_VERSION}): run that version or a later one`,
      { folder, found, known: SCHEMA_VERSION },
    );
  }
  return found;
}

function writeSchemaVersion(store: Store, version: number): Promise<void> {
  return store.batch([{ type: "put", key: schemaKey, value: u32be(version) }], { sync: true });
}

async function isEmpty(store: Store): Promise<boolean> {
  for await (const _entry of store.iterate({ ...EVERYTHING, limit: 1 })) return false;
  return true;
}
