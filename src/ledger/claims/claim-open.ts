/** Opens a claim book from disk: only if claims.log and LevelDB agree. */
import { join } from "node:path";
import { equalBytes, toHex } from "../../core/bytes.ts";
import type { Random } from "../../core/clock.ts";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { claimsBookKey } from "../store/keyspace.ts";
import { LevelStore } from "../store/level-store.ts";
import type { Store } from "../store/store.ts";
import { type ClaimFiles, diskFiles } from "./claim-files.ts";
import {
  checkVersion,
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
import { BOOK_ID_BYTES, type BookHeader, ClaimsLog, makeHeader, readHeader } from "./claims-log.ts";

export interface ClaimBookOptions {
  /** Holds claims.log, claims.level and, after a repair, what was kept aside; nothing else. */
  readonly folder: string;
  /**
   * The auditor's, the one in use first: a new book is bound to it, and one that was made for none of them is not
   * opened.
   */
  readonly publicKeys: readonly [Uint8Array, ...Uint8Array[]];
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
  readonly header: BookHeader;
}

/**
 * An empty book, for a key that is made together with it: whoever makes one for a key that signed before loses all
 * promises. A creation that died is finished. Throws CLAIMS_EXIST, and what openClaims throws.
 */
export async function createBook(options: ClaimBookOptions, modules: ClaimBookModules): Promise<OpenedClaims> {
  const { folder } = options;
  const { files = diskFiles } = modules;
  await checkNoBook(folder, files);
  await files.makeFolder(folder);
  if ((await namesOfBook(folder, files)).length === 0) await beginCreation(folder, files);
  return openClaims(options, modules);
}

/** Throws CLAIMS_EXIST. */
export async function checkNoBook(folder: string, files: ClaimFiles = diskFiles): Promise<void> {
  const names = await namesOfBook(folder, files);
  if (names.length === 0 || names.includes(CREATING_NAME)) return;
  const message = `${folder} holds claims, which are never replaced: choose another folder`;
  throw new CoauditError("CLAIMS_EXIST", message, { folder });
}

/**
 * Throws CLAIMS_LOST where there is no book: only `createBook` makes an empty one. Throws CLAIMS_DAMAGED if the two
 * places do not agree, except for what a crash between the two writes of one record leaves: bytes cut short at the end
 * of the log (never promised: cut off) or one whole record at its end that LevelDB lacks (put there). Reads everything:
 * 16 us a claim, 16 s for a year of one namespace with an epoch every 30 s. Also throws CLAIMS_OTHER_VERSION,
 * CLAIMS_OTHER_KEY, STORE_LOCKED, STORE_SCHEMA_NEWER, STORE_FULL, STORE_IO.
 */
export async function openClaims(options: ClaimBookOptions, modules: ClaimBookModules): Promise<OpenedClaims> {
  const { folder, publicKeys } = options;
  const { files = diskFiles, stores = levelStores } = modules;
  const names = await namesOfBook(folder, files);
  if (names.length === 0) throw lost(folder);
  const creating = names.includes(CREATING_NAME);

  const store = await openLevel(folder, names, creating, files, stores);
  let writer: ClaimsLog | undefined;
  try {
    // From here on nobody else writes: LevelDB's lock also covers the log.
    const log = await readLog(folder, await namesOfBook(folder, files), files);
    const level = await readLevelSide(store);
    if (creating && log.tally.records === 0 && level.tally.records === 0 && level.damage === undefined) {
      const header: BookHeader = { made: "init", publicKey: publicKeys[0] };
      writer = await createClaims(join(folder, LOG_NAME), header, { ...modules, store });
      await endCreation(folder, files);
      return { store, log: writer, state: new ClaimState(), header };
    }
    checkVersion(folder, log, level);
    const found = compareSides(log, level);
    if (found.damage !== undefined) throw claimsDamaged(folder, found.damage, { log, level });
    const { missing, torn, scan } = found;
    const header = readHeader(found.header);
    checkKey(folder, header, publicKeys);
    if (torn) await files.truncate(join(folder, LOG_NAME), scan.goodBytes);
    writer = await ClaimsLog.open(join(folder, LOG_NAME), scan, files);
    if (missing !== undefined) {
      // A killed process may have left it only in the kernel's cache. [then the power fails, and LevelDB holds what the
      // log does not]
      await writer.sync();
      await store.batch([putRecord(missing.key, missing.payload)], { sync: true });
    }
    if (creating) await endCreation(folder, files);
    return { store, log: writer, state: log.state, header };
  } catch (error) {
    await writer?.close();
    await store.close();
    throw error;
  }
}

/** Throws CLAIMS_OTHER_KEY: the promises of another auditor say nothing about this one. */
export function checkKey(folder: string, { publicKey }: BookHeader, publicKeys: readonly Uint8Array[]): void {
  if (publicKeys.some((key) => equalBytes(key, publicKey))) return;
  const madeFor = toHex(publicKey);
  throw new CoauditError(
    "CLAIMS_OTHER_KEY",
    `${folder} was made for the key ${madeFor}, which is not this auditor's: start the node with its own data folder, or with that key. A key that was rotated stays in the roster under this auditor's name, with its window closed.`,
    { folder, madeFor },
  );
}

/** An empty book: the log at `logPath`, and its header in the store, which says that the two belong together. */
export async function createClaims(
  logPath: string,
  says: BookHeader,
  { store, ...modules }: ClaimBookModules & { readonly store: Store },
): Promise<ClaimsLog> {
  const header = makeHeader(modules.random.bytes(BOOK_ID_BYTES), says);
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
    checkVersion(folder, log, undefined);
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

function lost(folder: string): CoauditError<"CLAIMS_LOST"> {
  return new CoauditError(
    "CLAIMS_LOST",
    `${folder} holds no record of what this key signed: it is lost, not new, since \`coaudit init\` makes both together. Nothing is signed. If the folder is elsewhere, put it there whole. If it is gone, ask the other auditors for the newest epoch of each namespace that they hold of this node (\`coaudit status --node THEIR_URL\`), then run \`coaudit claims repair --watermark NAMESPACE=EPOCH\` with that or more, 0 for a namespace that this key never signed.`,
    { folder },
  );
}
