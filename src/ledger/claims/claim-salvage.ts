/** Every record that can still be read in a folder of claims, whatever state its files are in. Changes nothing. */
import { join } from "node:path";
import { concat } from "../../core/bytes.ts";
import type { ClaimFiles } from "./claim-files.ts";
import { namesOfBook } from "./claim-open.ts";
import { type ClaimRecord, decodeRecord } from "./claim-record.ts";
import { LEVEL_NAME, LOG_NAME } from "./claim-sides.ts";
import { salvageLevelFile } from "./claims-level.ts";
import { type BookHeader, findHeader, firstHeader, otherVersion, salvageLog } from "./claims-log.ts";

export interface SalvagedSource {
  readonly name: string;
  /**
   * Claims and events. Events of one namespace are in the order in which they happened: a log's as written, LevelDB's
   * by their time.
   */
  readonly records: readonly ClaimRecord[];
}

/**
 * Reads all logs and stores that exist, including those that an earlier repair kept aside or left unfinished: what was
 * promised once stays promised. Holds all records in memory (about 0.5 KB each). Throws STORE_IO.
 */
export async function salvageFolder(folder: string, files: ClaimFiles): Promise<SalvagedSource[]> {
  const sources: SalvagedSource[] = [];
  for (const name of await namesOfBook(folder, files)) {
    const path = join(folder, name);
    if (name.startsWith(LOG_NAME)) sources.push({ name, records: salvageLogRecords(await readWhole(path, files)) });
    else if (name.startsWith(LEVEL_NAME)) sources.push({ name, records: await salvageLevelFolder(path, files) });
  }
  return sources;
}

/**
 * The version of a book that another one made, as both of its places say, or the one that can be read. [a repair by a
 * program that does not know the records leaves them out]
 */
export async function foreignVersion(folder: string, files: ClaimFiles): Promise<string | undefined> {
  const names = await files.names(folder);
  const inLog = names.includes(LOG_NAME) ? otherVersion(await readWhole(join(folder, LOG_NAME), files)) : undefined;
  if (inLog === undefined || !names.includes(LEVEL_NAME)) return inLog;
  for (const name of await files.names(join(folder, LEVEL_NAME))) {
    const bytes = await readWhole(join(folder, LEVEL_NAME, name), files);
    if (findHeader(bytes)) return undefined;
  }
  return inLog;
}

/** What the log's header says, if it is whole. */
export async function readableHeader(folder: string, files: ClaimFiles): Promise<BookHeader | undefined> {
  const names = await files.names(folder);
  return names.includes(LOG_NAME) ? firstHeader(await readWhole(join(folder, LOG_NAME), files)) : undefined;
}

function salvageLogRecords(bytes: Uint8Array): ClaimRecord[] {
  const records: ClaimRecord[] = [];
  for (const payload of salvageLog(bytes)) {
    try {
      records.push(decodeRecord(payload));
    } catch {
      // Bytes with a right checksum that make no sense were not our promise.
    }
  }
  return records;
}

async function salvageLevelFolder(folder: string, files: ClaimFiles): Promise<ClaimRecord[]> {
  const records: ClaimRecord[] = [];
  for (const name of await files.names(folder)) {
    records.push(...salvageLevelFile(await readWhole(join(folder, name), files)));
  }
  return records.sort((a, b) => timeOf(a) - timeOf(b));
}

/** If a halt and a resumption have the same time the halt comes last, so that it counts. */
function timeOf(record: ClaimRecord): number {
  return record.type === "halt" ? record.atMs + 0.5 : record.type === "resume" ? record.atMs : 0;
}

async function readWhole(path: string, files: ClaimFiles): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of files.read(path)) chunks.push(chunk);
  return concat(...chunks);
}
