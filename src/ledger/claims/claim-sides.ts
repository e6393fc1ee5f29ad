/** The two places that hold the claims, read completely and compared. */
import { equalBytes } from "../../core/bytes.ts";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { claimsBookKey } from "../store/keyspace.ts";
import type { Store } from "../store/store.ts";
import { decodeRecord, recordKey } from "./claim-record.ts";
import { ClaimState } from "./claim-state.ts";
import { ClaimTally, type TalliedRecord } from "./claim-tally.ts";
import { readLevel } from "./claims-level.ts";
import { type LogScan, otherVersion, scanLog } from "./claims-log.ts";

export const LOG_NAME = "claims.log";
export const LEVEL_NAME = "claims.level";

export interface LogSide {
  /** Undefined: there is no file. */
  readonly scan: LogScan | undefined;
  readonly tally: ClaimTally;
  /** Summary of the good records. */
  readonly state: ClaimState;
}

export interface LevelSide {
  readonly tally: ClaimTally;
  /** The header of the log that was made with it. */
  readonly header: Uint8Array | undefined;
  /** What cannot be read, if anything. */
  readonly damage: string | undefined;
}

export async function readLogSide(chunks: AsyncIterable<Uint8Array> | undefined): Promise<LogSide> {
  const tally = new ClaimTally();
  const state = new ClaimState();
  const add = (payload: Uint8Array): void => {
    const record = decodeRecord(payload);
    tally.add(record, payload);
    state.apply(record);
  };
  return { scan: chunks === undefined ? undefined : await scanLog(chunks, add), tally, state };
}

export async function readLevelSide(store: Store): Promise<LevelSide> {
  const tally = new ClaimTally();
  let header: Uint8Array | undefined;
  let damagedEntries = 0;
  try {
    header = await store.get(claimsBookKey);
    for await (const { key, payload, record } of readLevel(store)) {
      const misplaced = record === undefined || !equalBytes(key, recordKey(record, tally.add(record, payload)));
      if (misplaced) damagedEntries += 1;
    }
  } catch (error) {
    if (!isCoauditError(error, "STORE_DAMAGED")) throw error;
    return { tally, header, damage: error.metadata.reason };
  }
  return { tally, header, damage: damagedEntries === 0 ? undefined : `${damagedEntries} of its entries are damaged` };
}

export interface Damage {
  readonly file: string;
  readonly reason: string;
  readonly offset?: number;
}

/**
 * Throws CLAIMS_OTHER_VERSION. One damaged bit makes another version of ours, but never in both places, so the log's
 * word counts only if the store does not contradict it.
 */
export function checkVersion(folder: string, { scan }: LogSide, level: Pick<LevelSide, "header"> | undefined): void {
  const inLog = scan?.otherVersion;
  const inLevel = level?.header === undefined ? undefined : otherVersion(level.header);
  const found = inLevel ?? (level?.header === undefined ? inLog : undefined);
  if (found === undefined || scan?.header !== undefined) return;
  throw madeByAnotherVersion(folder, found);
}

export function madeByAnotherVersion(folder: string, found: string): CoauditError<"CLAIMS_OTHER_VERSION"> {
  return new CoauditError(
    "CLAIMS_OTHER_VERSION",
    `${folder} was made by another version of coaudit (its format is ${found}): run that version on it. Nothing was changed, and nothing is signed.`,
    { folder, found },
  );
}

export interface Agreement {
  readonly damage: undefined;
  readonly scan: LogScan;
  readonly header: Uint8Array;
  readonly missing: TalliedRecord | undefined;
  readonly torn: boolean;
}

/**
 * What is wrong, or what remains to be done after a crash between the two writes of one record: `missing` is to be put
 * into LevelDB, `torn` bytes at the end of the log are to be cut off. A record is written to LevelDB only after it is
 * synced to the log, and the next one only after that: so never both.
 */
export function compareSides(log: LogSide, level: LevelSide): { damage: Damage } | Agreement {
  const { scan } = log;
  if (scan === undefined) return { damage: { file: LOG_NAME, reason: "it is missing" } };
  if (scan.damage !== undefined) return { damage: { file: LOG_NAME, ...scan.damage } };
  if (level.damage !== undefined) return { damage: { file: LEVEL_NAME, reason: level.damage } };
  if (level.header === undefined || scan.header === undefined || !equalBytes(level.header, scan.header)) {
    return { damage: { file: LEVEL_NAME, reason: `it does not belong to this ${LOG_NAME}` } };
  }
  const difference = log.tally.compare(level.tally);
  const torn = scan.tornBytes > 0;
  if (difference === "same") return { damage: undefined, scan, header: scan.header, missing: undefined, torn };
  if (difference === "different" || torn) {
    const counts = `${LOG_NAME} holds ${log.tally.records} records and ${LEVEL_NAME} ${level.tally.records}`;
    return { damage: { file: LEVEL_NAME, reason: `${counts}, and they differ by more than a crash leaves behind` } };
  }
  return { damage: undefined, scan, header: scan.header, missing: difference, torn };
}

export function claimsDamaged(
  folder: string,
  damage: Damage,
  known: { log: LogSide | undefined; level: LevelSide | undefined },
  cause?: unknown,
): CoauditError<"CLAIMS_DAMAGED"> {
  const newestInLog = known.log?.tally.newest() ?? {};
  const newestInLevel = known.level?.tally.newest() ?? {};
  const where = damage.offset === undefined ? "" : ` at byte ${damage.offset}`;
  return new CoauditError(
    "CLAIMS_DAMAGED",
    `The record of what this node promised to sign is damaged: ${folder}/${damage.file}${where}: ${damage.reason}. Nothing is signed. ` +
      `Delete nothing and restore no backup: an older record leads to signing an epoch twice. Check the disk, ask the other ` +
      `auditors for the newest epoch of each namespace that they hold of this node (\`coaudit status --node THEIR_URL\`), then run ` +
      `\`coaudit claims repair --watermark NAMESPACE=EPOCH\` with that or more. Newest readable: log ${text(newestInLog)}, level ${text(newestInLevel)}.`,
    { ...damage, newestInLog, newestInLevel },
    { cause },
  );
}

function text(newest: Record<string, number>): string {
  const parts = Object.entries(newest).map(([namespace, epoch]) => `${namespace} ${epoch}`);
  return parts.length === 0 ? "none" : parts.join(", ");
}
