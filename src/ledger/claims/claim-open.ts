/** Opens a claim book from disk: only if claims.log and LevelDB agree. */
import { join } from "node:path";
import type { Random } from "../../core/clock.ts";
import { isCoauditError } from "../../core/errors.ts";
import { claimsBookKey } from "../store/keyspace.ts";
import { LevelStore } from "../store/level-store.ts";
import type { Store } from "../store/store.ts";
import { type ClaimFiles, diskFiles } from "./claim-files.ts";
import {
  claimsDamaged,
  compareSides,
  LEVEL_NAME,
  LOG_NAME,
  type LogSide,
  readLevelSide,
  readLogSide,
} from "./claim-sides.ts";
import { ClaimState } from "./claim-state.ts";
import { putRecord } from "./claims-level.ts";
import { BOOK_ID_BYTES, ClaimsLog, makeHeader } from "./claims-log.ts";

export interface ClaimBookOptions {
  /** Holds claims.log, claims.level and, after a repair, what was kept aside; nothing else. Made when missing. */
  readonly folder: string;
}

export interface ClaimBookModules {
  readonly random: Random;
  /** Default: the disk. */
  readonly files?: ClaimFiles;
  /** Default: LevelDB. */
  readonly stores?: ClaimStores;
}

export interface ClaimStores {
  open(options: { folder: string; mode: "create" | "existing" }): Promise<Store>;
  /** Throws STORE_LOCKED if a process has the store open; changes nothing. */
  checkUnused(folder: string): Promise<void>;
}

export const levelStores: ClaimStores = {
  open: (options) => LevelStore.open({ ...options, tables: "verified" }),
  checkUnused: (folder) => LevelStore.checkUnused(folder),
};

/**
 * Present while a book is being created. Nothing has been promised yet, so half of an empty book is no damage then, and
 * only then.
 */
export const CREATING_NAME = "claims.creating";

export interface OpenedClaims {
  readonly store: Store;
  readonly log: ClaimsLog;
  readonly state: ClaimState;
}

/**
 * A folder without any file of a book becomes a new one. Throws CLAIMS_DAMAGED if the two places do not agree, except
 * for what a crash between the two writes of one record leaves: bytes cut short at the end of the log (never promised:
 * cut off) or one whole record at its end that LevelDB lacks (put there). Reads everything: 16 us a claim, 16 s for a
 * year of one namespace with an epoch every 30 s. Also throws STORE_LOCKED, STORE_SCHEMA_NEWER, STORE_FULL, STORE_IO.
 */
export async function openClaims({ folder }: ClaimBookOptions, modules: ClaimBookModules): Promise<OpenedClaims> {
  const { files = diskFiles, stores = levelStores } = modules;
  await files.makeFolder(folder);
  const names = await namesOfBook(folder, files);
  if (names.length === 0) await beginCreation(folder, files);
  const creating = names.length === 0 || names.includes(CREATING_NAME);

  const store = await openLevel(folder, names, creating, files, stores);
  let writer: ClaimsLog | undefined;
  try {
    // From here on nobody else writes: LevelDB's lock also covers the log.
    const log = await readLog(folder, await namesOfBook(folder, files), files);
    const level = await readLevelSide(store);
    if (creating && log.tally.records === 0 && level.tally.records === 0 && level.damage === undefined) {
      writer = await createClaims(join(folder, LOG_NAME), store, modules);
      await endCreation(folder, files);
      return { store, log: writer, state: new ClaimState() };
    }
    const found = compareSides(log, level);
    if (found.damage !== undefined) throw claimsDamaged(folder, found.damage, { log, level });
    const { missing, torn, scan } = found;
    if (torn) await files.truncate(join(folder, LOG_NAME), scan.goodBytes);
    writer = await ClaimsLog.open(join(folder, LOG_NAME), scan, files);
    if (missing !== undefined) {
      // A killed process may have left it only in the kernel's cache. [then the power fails, and LevelDB holds what the
      // log does not]
      await writer.sync();
      await store.batch([putRecord(missing.key, missing.payload)], { sync: true });
    }
    if (creating) await endCreation(folder, files);
    return { store, log: writer, state: log.state };
  } catch (error) {
    await writer?.close();
    await store.close();
    throw error;
  }
}

/** An empty book: the log at `logPath`, and its header in the store, which says that the two belong together. */
export async function createClaims(logPath: string, store: Store, modules: ClaimBookModules): Promise<ClaimsLog> {
  const header = makeHeader(modules.random.bytes(BOOK_ID_BYTES));
  const log = await ClaimsLog.create(logPath, header, modules.files ?? diskFiles);
  try {
    await store.batch([{ type: "put", key: claimsBookKey, value: header }], { sync: true });
  } catch (error) {
    await log.close();
    throw error;
  }
  return log;
}

/**
 * Every file that belongs to a book, those that a repair kept aside included: next to them, an empty book would be a
 * lost one.
 */
export async function namesOfBook(folder: string, files: ClaimFiles): Promise<string[]> {
  return (await files.names(folder)).filter((name) => name.startsWith("claims."));
}

async function openLevel(
  folder: string,
  names: readonly string[],
  creating: boolean,
  files: ClaimFiles,
  stores: ClaimStores,
): Promise<Store> {
  const unreadable = async (reason: string, cause?: unknown): Promise<Error> => {
    const log = await readLog(folder, names, files);
    return claimsDamaged(folder, { file: LEVEL_NAME, reason }, { log, level: undefined }, cause);
  };
  if (!creating && !names.includes(LEVEL_NAME)) throw await unreadable("it is missing");
  try {
    return await stores.open({ folder: join(folder, LEVEL_NAME), mode: creating ? "create" : "existing" });
  } catch (error) {
    if (!isCoauditError(error, "STORE_DAMAGED")) throw error;
    throw await unreadable(error.metadata.reason, error);
  }
}

function readLog(folder: string, names: readonly string[], files: ClaimFiles): Promise<LogSide> {
  return readLogSide(names.includes(LOG_NAME) ? files.read(join(folder, LOG_NAME)) : undefined);
}

async function beginCreation(folder: string, files: ClaimFiles): Promise<void> {
  const flag = await files.open(join(folder, CREATING_NAME));
  await flag.close();
  await files.syncFolder(folder);
}

async function endCreation(folder: string, files: ClaimFiles): Promise<void> {
  // The log's name must be on disk before the flag that excuses its absence is removed.
  await files.syncFolder(folder);
  await files.remove(join(folder, CREATING_NAME));
  await files.syncFolder(folder);
}
