import { readdir } from "node:fs/promises";
import { Level } from "level";
import { CoauditError, type ErrorCode, errorMessage } from "../../core/errors.ts";
import { makeFolders } from "../../platform/make-folders.ts";
import { setDamagedTablesAside } from "./level-tables.ts";
import { checkSchema } from "./schema.ts";
import type { KeyRange, Store, StoreOperation, WriteOptions } from "./store.ts";
import { diskError, errorCode } from "./store-errors.ts";

export interface LevelStoreOptions {
  readonly folder: string;
  /**
   * "create": a folder that is missing or empty becomes a new store. "existing": it must have been one before. Default:
   * "create".
   */
  readonly mode?: "create" | "existing";
  /**
   * "verified": every table is read and checked before LevelDB opens it (1.3 s for 100 MB) and none is compressed.
   * "trusted": at once, and a damaged table may end the process later. Default: "trusted".
   */
  readonly tables?: "verified" | "trusted";
}

const ENCODINGS = { keyEncoding: "view", valueEncoding: "view" } as const;

type Database = Level<Uint8Array, Uint8Array>;

/** LevelDB, keys and values as bytes. One process at a time may have it open. */
export class LevelStore implements Store {
  readonly #folder: string;
  readonly #database: Database;
  #failedWrite: CoauditError | undefined;
  #closed: Promise<void> | undefined;

  private constructor(folder: string, database: Database) {
    this.#folder = folder;
    this.#database = database;
  }

  /** Throws STORE_LOCKED, STORE_DAMAGED, STORE_SCHEMA_NEWER, STORE_FULL, STORE_IO: each message says what to do. */
  static async open({ folder, mode = "create", tables = "trusted" }: LevelStoreOptions): Promise<LevelStore> {
    if (tables === "verified" && (await namesIn(folder)).length > 0) {
      await LevelStore.checkUnused(folder);
      await translating(folder, "check", () => setDamagedTablesAside(folder));
    }
    const found = await namesIn(folder);
    if (mode === "create") await translating(folder, "create", () => makeFolders(folder));
    // Without its CURRENT file a database counts as missing, and LevelDB would begin a new one and delete the tables of
    // the old one.
    const createIfMissing = mode === "create" && found.every((name) => !HOLDS_DATA.test(name));
    const compression = tables === "trusted";
    const database: Database = new Level(folder, { ...ENCODINGS, createIfMissing, compression });
    await translating(folder, "open", () => database.open());
    const store = new LevelStore(folder, database);
    try {
      await checkSchema(store, folder, mode);
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  /**
   * Throws STORE_LOCKED when a process has the store open. Changes nothing: LevelDB takes its lock before it finds that
   * it may not go on.
   */
  static async checkUnused(folder: string): Promise<void> {
    const database: Database = new Level(folder, { ...ENCODINGS, createIfMissing: false, errorIfExists: true });
    try {
      await database.open();
    } catch (error) {
      const failure = translated(folder, "lock", error);
      if (failure.code === "STORE_LOCKED") throw failure;
    } finally {
      await database.close();
    }
  }

  get hasFailed(): boolean {
    return this.#failedWrite !== undefined;
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#translating("read", async () => plain(await this.#database.get(key)));
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#translating("read", async () => (await this.#database.getMany([...keys])).map(plain));
  }

  async batch(operations: readonly StoreOperation[], { sync }: WriteOptions): Promise<void> {
    if (this.#failedWrite !== undefined) {
      const { code, metadata, message } = this.#failedWrite;
      throw new CoauditError(
        code,
        `${message} (a write failed before; the store accepts none until it is reopened)`,
        metadata,
        {
          cause: this.#failedWrite,
        },
      );
    }
    const batch = operations.map((operation) =>
      operation.type === "put"
        ? { type: "put" as const, key: operation.key, value: operation.value }
        : { type: "del" as const, key: operation.key },
    );
    try {
      await this.#translating("write", () => this.#database.batch(batch, { sync }));
    } catch (error) {
      // A failed write leaves half a record in LevelDB's log; it continues writing after it and drops all of that at
      // the next start. Measured: 100 of 100 synced writes after one ENOSPC were gone.
      if (error instanceof CoauditError && error.code !== "STORE_CLOSED") this.#failedWrite = error;
      throw error;
    }
  }

  async *iterate({ gte, lt, reverse = false, limit = -1 }: KeyRange): AsyncIterable<[Uint8Array, Uint8Array]> {
    const iterator = await this.#translating("read", async () => this.#database.iterator({ gte, lt, reverse, limit }));
    try {
      for (;;) {
        const entry = await this.#translating("read", () => iterator.next());
        if (entry === undefined) return;
        yield [plain(entry[0]), plain(entry[1])];
      }
    } finally {
      await iterator.close();
    }
  }

  close(): Promise<void> {
    this.#closed ??= translating(this.#folder, "close", () => this.#database.close());
    return this.#closed;
  }

  #translating<T>(operation: string, work: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) {
      const message = `the store ${this.#folder} is closed: nothing may use it after the node stopped`;
      return Promise.reject(new CoauditError("STORE_CLOSED", message, { path: this.#folder }));
    }
    return translating(this.#folder, operation, work);
  }
}

/** Logs, tables and lists of tables: what distinguishes a database from what an earlier, failed start left. */
const HOLDS_DATA = /\.(log|ldb|sst)$|^CURRENT$/;

/** LevelDB answers with Buffers, whose slice() is a view where that of a Uint8Array is a copy. */
function plain<Bytes extends Uint8Array | undefined>(bytes: Bytes): Bytes | Uint8Array {
  return bytes === undefined ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw translated(folder, "list", error);
  }
}

async function translating<T>(folder: string, operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(folder, operation, error);
  }
}

function translated(folder: string, operation: string, error: unknown): CoauditError<ErrorCode> {
  if (error instanceof CoauditError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = errorCode(cause);
  const reason = errorMessage(cause);
  if (code === "LEVEL_LOCKED") {
    const message = `${folder} is in use by another process: stop the other node, or give this one its own folder`;
    return new CoauditError("STORE_LOCKED", message, { folder }, { cause });
  }
  if (code === "LEVEL_CORRUPTION" || /does not exist \(create_if_missing is false\)/.test(reason)) {
    const message = `${folder} is damaged (${reason}). Move it aside and start with an empty folder, or restore it; check the disk.`;
    return new CoauditError("STORE_DAMAGED", message, { folder, reason }, { cause });
  }
  if (code === "LEVEL_DATABASE_NOT_OPEN" || code === "LEVEL_ITERATOR_NOT_OPEN") {
    return new CoauditError("STORE_CLOSED", `the store ${folder} is closed`, { path: folder }, { cause });
  }
  return diskError(folder, operation, cause);
}
