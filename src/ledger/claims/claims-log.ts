/**
 * claims.log: the claims once more, beside LevelDB, which drops synced records without a word when a bit of its own log
 * is damaged (measured).
 *
 *     file   = header, records
 *     header = magic with the version, 16 random bytes (the book's id), made u8 (1 by init, 2 by a repair),
 *              the public key that the book was made for, check of all these
 *     record = u32 size, payload, check
 *     check  = first 16 bytes of SHA-256(previous check || u32 size || payload)
 *
 * Each check covers the one before, so a record that is removed, repeated or moved shows as much as one that is
 * changed. A check is computed from the bytes that stand in front of the record, so one damaged record costs at most
 * the next one, not all that follow (salvageLog).
 */
import { hash } from "node:crypto";
import { concat, equalBytes, readU32be, u32be, utf8 } from "../../core/bytes.ts";
import { PUBLIC_KEY_SIZE_BYTES } from "../../core/ed25519.ts";
import type { AppendFile, ClaimFiles } from "./claim-files.ts";
import { RECORD_CAP_BYTES } from "./claim-record.ts";

export const BOOK_ID_BYTES = 16;

const VERSION = "2";

/** Of the file; another one is refused. */
export const CLAIMS_LOG_VERSION: number = Number(VERSION);
const MAGIC = utf8(`coaudit/claims-log/v${VERSION}\0`);
const VERSIONED = /^coaudit\/claims-log\/v(\d{1,4})\0/;
const SIZE_BYTES = 4;
const CHECK_BYTES = 16;
const BODY_BYTES: number = MAGIC.length + BOOK_ID_BYTES + 1 + PUBLIC_KEY_SIZE_BYTES;
const HEADER_BYTES: number = BODY_BYTES + CHECK_BYTES;

/** init: empty, together with the key. repair: from what was left of another one, and from a person's marks. */
export type BookOrigin = "init" | "repair";

/** What the header says. */
export interface BookHeader {
  readonly made: BookOrigin;
  readonly publicKey: Uint8Array;
}

/** The open end of a good log. */
export class ClaimsLog {
  readonly #file: AppendFile;
  #check: Uint8Array;

  private constructor(file: AppendFile, check: Uint8Array) {
    this.#file = file;
    this.#check = check;
  }

  /** Begins the file anew, synced; what an unfinished creation left there is cut off. The caller syncs the folder. */
  static async create(path: string, header: Uint8Array, files: ClaimFiles): Promise<ClaimsLog> {
    const file = await files.open(path);
    try {
      await files.truncate(path, 0);
      await file.append(header);
      await file.sync();
    } catch (error) {
      await file.close();
      throw error;
    }
    return new ClaimsLog(file, checkOf(header));
  }

  /** To go on behind what `scan` read. */
  static async open(path: string, scan: LogScan, files: ClaimFiles): Promise<ClaimsLog> {
    return new ClaimsLog(await files.open(path), scan.check);
  }

  /** Resolves when the payloads are synced. After an error the file ends anywhere: append no more. */
  async append(...payloads: readonly Uint8Array[]): Promise<void> {
    const records = payloads.map((payload) => {
      const sized = concat(u32be(payload.length), payload);
      this.#check = checksum(this.#check, sized);
      return concat(sized, this.#check);
    });
    await this.#file.append(concat(...records));
    await this.#file.sync();
  }

  /** For what an earlier process appended and may not have synced. */
  sync(): Promise<void> {
    return this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

export function makeHeader(bookId: Uint8Array, { made, publicKey }: BookHeader): Uint8Array {
  const body = concat(MAGIC, bookId, Uint8Array.of(made === "init" ? 1 : 2), publicKey);
  return concat(body, checksum(body));
}

/** Of a header that scanLog took for whole. */
export function readHeader(header: Uint8Array): BookHeader {
  const at = MAGIC.length + BOOK_ID_BYTES;
  return { made: header[at] === 1 ? "init" : "repair", publicKey: header.slice(at + 1, BODY_BYTES) };
}

/** The version that these bytes begin with, if it is another one than this program's. */
export function otherVersion(bytes: Uint8Array): string | undefined {
  const [, version] = VERSIONED.exec(String.fromCharCode(...bytes.subarray(0, MAGIC.length + 4))) ?? [];
  return version === VERSION ? undefined : version;
}

/** Whether a header of this program's version stands anywhere in these bytes. */
export function findHeader(bytes: Uint8Array): boolean {
  const magic = Buffer.from(MAGIC);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(magic);
}

/** The header that a file begins with, if it is whole. */
export function firstHeader(bytes: Uint8Array): BookHeader | undefined {
  const header = bytes.subarray(0, HEADER_BYTES);
  return header.length === HEADER_BYTES && isHeader(header) ? readHeader(header) : undefined;
}

export interface LogScan {
  /** Undefined: the file does not begin with one. */
  readonly header: Uint8Array | undefined;
  /** The version that its header names, if it is not ours: damage, unless the other side says the same. */
  readonly otherVersion: string | undefined;
  /** How many bytes are good, from the start. */
  readonly goodBytes: number;
  /** How many bytes follow that can only be the beginning of one more record. */
  readonly tornBytes: number;
  /** The check of the last good record. */
  readonly check: Uint8Array;
  readonly damage: { readonly offset: number; readonly reason: string } | undefined;
}

/** Reads up to the first thing that is not a whole, good record. `onRecord` throws when a payload makes no sense. */
export async function scanLog(
  chunks: AsyncIterable<Uint8Array>,
  onRecord: (payload: Uint8Array) => void,
): Promise<LogScan> {
  let header: Uint8Array | undefined;
  let check: Uint8Array = new Uint8Array(0);
  let goodBytes = 0;
  let rest: Uint8Array = new Uint8Array(0);
  let version: string | undefined;
  const result = (reason: string | undefined): LogScan => {
    const damage = reason === undefined ? undefined : { offset: goodBytes, reason };
    return {
      header,
      otherVersion: version,
      goodBytes,
      tornBytes: damage === undefined ? rest.length : 0,
      check,
      damage,
    };
  };
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : concat(rest, chunk);
    let offset = 0;
    if (header === undefined) version = otherVersion(bytes);
    if (header === undefined && bytes.length >= HEADER_BYTES) {
      const found = bytes.slice(0, HEADER_BYTES);
      if (!isHeader(found)) return result("its header is damaged");
      header = found;
      check = checkOf(found);
      offset = HEADER_BYTES;
      goodBytes = HEADER_BYTES;
    }
    while (header !== undefined) {
      const payload = readRecord(bytes, offset, check);
      if (payload === "incomplete") break;
      if (payload === "wrong") return result("a record does not match its checksum");
      try {
        onRecord(payload);
      } catch {
        return result("a record is meaningless although its checksum is right");
      }
      const sizeBytes = SIZE_BYTES + payload.length + CHECK_BYTES;
      offset += sizeBytes;
      goodBytes += sizeBytes;
      check = bytes.slice(offset - CHECK_BYTES, offset);
    }
    rest = bytes.slice(offset);
  }
  return result(header === undefined ? "its header is missing" : undefined);
}

/** Every payload whose check matches the bytes in front of it, wherever it stands: what a damaged log still says. */
export function* salvageLog(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  let offset = CHECK_BYTES;
  while (offset < bytes.length) {
    const payload = readRecord(bytes, offset, bytes.subarray(offset - CHECK_BYTES, offset));
    if (typeof payload === "string") {
      offset += 1;
    } else {
      yield payload;
      offset += SIZE_BYTES + payload.length + CHECK_BYTES;
    }
  }
}

function readRecord(bytes: Uint8Array, offset: number, previous: Uint8Array): Uint8Array | "incomplete" | "wrong" {
  if (offset + SIZE_BYTES > bytes.length) return "incomplete";
  const size = readU32be(bytes, offset);
  // A record that was cut short still begins with the size it had: one that never was is damage.
  if (size === 0 || size > RECORD_CAP_BYTES) return "wrong";
  const end = offset + SIZE_BYTES + size;
  if (end + CHECK_BYTES > bytes.length) return "incomplete";
  const check = checksum(previous, bytes.subarray(offset, end));
  if (!equalBytes(check, bytes.subarray(end, end + CHECK_BYTES))) return "wrong";
  return bytes.slice(offset + SIZE_BYTES, end);
}

function isHeader(bytes: Uint8Array): boolean {
  const made = bytes[MAGIC.length + BOOK_ID_BYTES];
  return (
    equalBytes(bytes.subarray(0, MAGIC.length), MAGIC) &&
    (made === 1 || made === 2) &&
    equalBytes(checksum(bytes.subarray(0, BODY_BYTES)), bytes.subarray(BODY_BYTES))
  );
}

function checkOf(bytes: Uint8Array): Uint8Array {
  return bytes.slice(bytes.length - CHECK_BYTES);
}

function checksum(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(hash("sha256", concat(...parts), "buffer")).slice(0, CHECK_BYTES);
}
