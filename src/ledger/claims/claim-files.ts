/**
 * The few file operations that claims rely on, as a port: tests make each of them fail at will, and simulated worlds
 * keep them in memory.
 */
import { cp, type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { makeFolders } from "../../platform/make-folders.ts";
import { syncFolder } from "../../platform/replace-file.ts";
import { diskError, errorCode } from "../store/store-errors.ts";

/** Every call throws STORE_FULL or STORE_IO. */
export interface ClaimFiles {
  /** With its parents; synced in the containing folder. */
  makeFolder(folder: string): Promise<void>;
  /** The folder's contents, sorted; empty if there is no folder. */
  names(folder: string): Promise<string[]>;
  read(path: string): AsyncIterable<Uint8Array>;
  /** For appending; created if missing. */
  open(path: string): Promise<AppendFile>;
  /** Cuts the file to this size and syncs it. */
  truncate(path: string, sizeBytes: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** A file, or a folder with its contents. */
  remove(path: string): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  /** Makes new, renamed and removed names in the folder survive a power cut. */
  syncFolder(folder: string): Promise<void>;
}

export interface AppendFile {
  /** Writes all bytes, or throws after any number of them. */
  append(bytes: Uint8Array): Promise<void>;
  /** When it resolves, everything appended so far survives a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Large enough that a year of epochs (200 MB) is read in under 1,000 calls. */
const READ_CHUNK_BYTES = 256 * 1024;

export const diskFiles: ClaimFiles = {
  makeFolder: (path) =>
    attempt(path, "create", async () => {
      const folder = resolve(path);
      const first = await makeFolders(folder);
      if (first === undefined) return;
      for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
    }),

  names: (folder) =>
    attempt(folder, "list", async () => {
      try {
        return (await readdir(folder)).sort();
      } catch (error) {
        if (errorCode(error) === "ENOENT") return [];
        throw error;
      }
    }),

  async *read(path) {
    const file = await attempt(path, "open", () => open(path, "r"));
    try {
      for (;;) {
        const chunk = new Uint8Array(READ_CHUNK_BYTES);
        const { bytesRead } = await attempt(path, "read", () => file.read(chunk, 0, chunk.length, null));
        if (bytesRead === 0) return;
        yield chunk.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  },

  async open(path) {
    const file = await attempt(path, "open", () => open(path, "a"));
    return {
      append: (bytes) => attempt(path, "append", () => writeAll(file, bytes)),
      sync: () => attempt(path, "sync", () => file.datasync()),
      close: () => attempt(path, "close", () => file.close()),
    };
  },

  truncate: (path, sizeBytes) =>
    attempt(path, "truncate", async () => {
      const file = await open(path, "r+");
      try {
        await file.truncate(sizeBytes);
        await file.sync();
      } finally {
        await file.close();
      }
    }),

  rename: (from, to) => attempt(from, "rename", () => rename(from, to)),
  remove: (path) => attempt(path, "remove", () => rm(path, { recursive: true, force: true })),
  copy: (from, to) => attempt(from, "copy", () => cp(from, to, { recursive: true })),
  syncFolder: (folder) => attempt(folder, "sync", () => syncFolder(folder)),
};

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, null);
    written += bytesWritten;
  }
}

async function attempt<T>(path: string, operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(path, operation, error);
  }
}
