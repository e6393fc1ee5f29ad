/** Every record that can still be read in a folder of claims, whatever state its files are in. */
import { join } from "node:path";
import { concat } from "../core/bytes.ts";
import { isCoauditError } from "../core/errors.ts";
import type { ClaimFiles } from "./claim-files.ts";
import { type ClaimStores, namesOfBook } from "./claim-open.ts";
import { type ClaimRecord, decodeRecord } from "./claim-record.ts";
import { LEVEL_NAME, LOG_NAME } from "./claim-sides.ts";
import { readLevel } from "./claims-level.ts";
import { salvageLog } from "./claims-log.ts";

export interface SalvagedSource {
  readonly name: string;
  /** Claims and events, events of one namespace in the order in which they happened. */
  readonly records: readonly ClaimRecord[];
}

const SCRATCH_NAME = "claims.scratch";

/**
 * Reads all logs and stores there are, those that an earlier repair kept aside or left unfinished included: what was promised once stays
 * promised. Holds all records in memory (about 0.5 KB each). Only `lockedStore` is opened in place, which LevelDB may rewrite on that occasion;
 * all others are copied first. Throws STORE_LOCKED when another process uses `lockedStore`, STORE_SCHEMA_NEWER, STORE_FULL, STORE_IO.
 */
export async function salvageFolder(
  folder: string,
  { lockedStore, files, stores }: { lockedStore: string; files: ClaimFiles; stores: ClaimStores },
): Promise<SalvagedSource[]> {
  const scratch = join(folder, SCRATCH_NAME);
  await files.remove(scratch);
  const sources: SalvagedSource[] = [];
  for (const name of await namesOfBook(folder, files)) {
    const path = join(folder, name);
    if (name.startsWith(LOG_NAME)) {
      sources.push({ name, records: await salvageLogFile(path, files) });
    } else if (name === lockedStore) {
      sources.push(...(await salvageStore(name, path, stores)));
    } else if (name.startsWith(LEVEL_NAME)) {
      await files.copy(path, scratch);
      sources.push(...(await salvageStore(name, scratch, stores)));
      await files.remove(scratch);
    }
  }
  return sources;
}

async function salvageLogFile(path: string, files: ClaimFiles): Promise<ClaimRecord[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of files.read(path)) chunks.push(chunk);
  const records: ClaimRecord[] = [];
  for (const payload of salvageLog(concat(...chunks))) {
    const record = readable(payload);
    if (record !== undefined) records.push(record);
  }
  return records;
}

/** Once as it is and once after LevelDB's repair: each may show what the other does not. */
async function salvageStore(name: string, folder: string, stores: ClaimStores): Promise<SalvagedSource[]> {
  const before = await recordsOf(folder, stores);
  try {
    await stores.repair(folder);
  } catch (error) {
    if (!isCoauditError(error, "STORE_DAMAGED", "STORE_IO")) throw error;
  }
  return [
    { name, records: before },
    { name, records: await recordsOf(folder, stores) },
  ];
}

async function recordsOf(folder: string, stores: ClaimStores): Promise<ClaimRecord[]> {
  const records: ClaimRecord[] = [];
  try {
    const store = await stores.open({ folder, mode: "salvage" });
    try {
      for await (const { record } of readLevel(store)) if (record !== undefined) records.push(record);
    } finally {
      await store.close();
    }
  } catch (error) {
    // An unreadable store contributes what it gave so far; a missing table shows as STORE_IO.
    if (!isCoauditError(error, "STORE_DAMAGED", "STORE_IO")) throw error;
  }
  return records;
}

function readable(payload: Uint8Array): ClaimRecord | undefined {
  try {
    return decodeRecord(payload);
  } catch {
    return undefined;
  }
}
