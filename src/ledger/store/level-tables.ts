/**
 * LevelDB's table files, checked before LevelDB reads them. It verifies no block of a table by itself, and our build of
 * it ends the whole process on a damaged one (measured: one flipped bit, "Assertion `internal_key.size() >= 8' failed",
 * SIGABRT), so that no error could be caught.
 *
 * Format (leveldb, doc/table_format.md): blocks one after the other, each followed by its compression type (1 byte) and
 * a masked CRC-32C of both; the index block lists the data blocks, the metaindex block the filter; a footer of 48 bytes
 * says where those two are.
 */
import { readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

const FOOTER_BYTES = 48;
const TRAILER_BYTES = 5;
const MAGIC = 0xdb4775248b80fb57n;

/**
 * Renames every table that does not match its checksums, and returns the new names. If LevelDB still needs it, it
 * reports it missing; if not, it is what a crash left of an unfinished table, and nothing is lost. For stores without
 * compression. Nothing else may have the folder open.
 */
export async function setDamagedTablesAside(folder: string): Promise<string[]> {
  const aside: string[] = [];
  for (const name of await readdir(folder)) {
    if (!/^\d+\.(ldb|sst)$/.test(name) || isWholeTable(await readFile(join(folder, name)))) continue;
    await rename(join(folder, name), join(folder, `${name}.damaged`));
    aside.push(`${name}.damaged`);
  }
  return aside;
}

/** True when every byte of the table is covered by a checksum that is right (the footer's padding by nothing). */
export function isWholeTable(table: Uint8Array): boolean {
  if (table.length < FOOTER_BYTES) return false;
  const footer = new DataView(table.buffer, table.byteOffset + table.length - FOOTER_BYTES, FOOTER_BYTES);
  if (footer.getBigUint64(FOOTER_BYTES - 8, true) !== MAGIC) return false;
  const handles = new Reader(table.subarray(table.length - FOOTER_BYTES));
  const metaindex = handles.handle();
  const index = handles.handle();
  if (metaindex === undefined || index === undefined) return false;

  let coveredBytes = FOOTER_BYTES;
  for (const listing of [metaindex, index]) {
    const block = checkedBlock(table, listing);
    const listed = block === undefined ? undefined : handlesIn(block);
    if (listed === undefined) return false;
    coveredBytes += listing.sizeBytes + TRAILER_BYTES;
    for (const handle of listed) {
      if (checkedBlock(table, handle) === undefined) return false;
      coveredBytes += handle.sizeBytes + TRAILER_BYTES;
    }
  }
  return coveredBytes === table.length;
}

interface Handle {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** The block's bytes, or undefined if it is outside the table, compressed, or does not match its checksum. */
function checkedBlock(table: Uint8Array, { offset, sizeBytes }: Handle): Uint8Array | undefined {
  const end = offset + sizeBytes;
  if (end + TRAILER_BYTES > table.length - FOOTER_BYTES) return undefined;
  if (table[end] !== 0) return undefined;
  const stored = new DataView(table.buffer, table.byteOffset + end + 1, 4).getUint32(0, true);
  return masked(crc32c(table.subarray(offset, end + 1))) === stored ? table.subarray(offset, end) : undefined;
}

/**
 * The handles that are the values of an index block: entries (shared, unshared, value size, key, value), then restart
 * points.
 */
function handlesIn(block: Uint8Array): Handle[] | undefined {
  if (block.length < 4) return undefined;
  const restarts = new DataView(block.buffer, block.byteOffset + block.length - 4, 4).getUint32(0, true);
  const end = block.length - 4 - restarts * 4;
  if (end < 0) return undefined;
  const reader = new Reader(block.subarray(0, end));
  const handles: Handle[] = [];
  while (reader.offset < end) {
    const [shared, unshared, valueBytes] = [reader.varint(), reader.varint(), reader.varint()];
    if (shared === undefined || unshared === undefined || valueBytes === undefined) return undefined;
    reader.offset += unshared;
    const valueEnd = reader.offset + valueBytes;
    const handle = reader.handle();
    if (handle === undefined || reader.offset !== valueEnd) return undefined;
    handles.push(handle);
  }
  return handles;
}

class Reader {
  readonly #bytes: Uint8Array;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  handle(): Handle | undefined {
    const offset = this.varint();
    const sizeBytes = this.varint();
    return offset === undefined || sizeBytes === undefined ? undefined : { offset, sizeBytes };
  }

  varint(): number | undefined {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      const byte = this.#bytes[this.offset];
      if (byte === undefined) return undefined;
      this.offset += 1;
      value += (byte & 127) * factor;
      if (byte < 128) return Number.isSafeInteger(value) ? value : undefined;
    }
    return undefined;
  }
}

const CRC_TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0x82f63b78 : 0);
  return value;
});

/** CRC-32C (Castagnoli), reflected; "123456789" gives e3069283. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** LevelDB stores checksums rotated and offset, so that a checksum over bytes that hold checksums stays a good one. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
