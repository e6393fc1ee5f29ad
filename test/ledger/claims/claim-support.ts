/** Claims, folders for books, and disks that fail or die where a test says. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utf8 } from "../../../src/core/bytes.ts";
import { CoauditError } from "../../../src/core/errors.ts";
import { sha256 } from "../../../src/core/hash.ts";
import { ClaimBook } from "../../../src/ledger/claims/claim-book.ts";
import { type AppendFile, type ClaimFiles, diskFiles } from "../../../src/ledger/claims/claim-files.ts";
import { type ClaimBookModules, type ClaimBookOptions, levelStores } from "../../../src/ledger/claims/claim-open.ts";
import type { Claim } from "../../../src/ledger/claims/claim-record.ts";
import type { Store } from "../../../src/ledger/store/store.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";

export const NAMESPACE = "whatsapp.key-transparency.v1";
export const ORIGIN = "whatsapp.kt/v2";
const START_MS = 1_700_000_000_000;

export function claimFor(epoch: number, changes: Partial<Claim> = {}): Claim {
  return {
    namespace: NAMESPACE,
    origin: ORIGIN,
    epoch,
    digest: sha256(utf8(`digest ${epoch}`)),
    timestampMs: START_MS + epoch * 30_000,
    suite: 1,
    late: false,
    publicKey: sha256(utf8("key")),
    ...changes,
  };
}

export const otherDigest: Uint8Array = sha256(utf8("the other history"));

export function modules(changes: Partial<ClaimBookModules> = {}): ClaimBookModules {
  return { random: new SeededRandom(7), ...changes };
}

export const KEY: Uint8Array = sha256(utf8("key"));

/** A new book where the folder has nothing, as `coaudit init` makes it. */
export async function openBook(folder: string, changes: Partial<ClaimBookModules> = {}): Promise<ClaimBook> {
  const options: ClaimBookOptions = { folder, publicKeys: [KEY] };
  const names = await diskFiles.names(folder);
  return names.length === 0 ? ClaimBook.create(options, modules(changes)) : ClaimBook.open(options, modules(changes));
}

/** Folders that go when `removeAll` is called. */
export class TemporaryFolders {
  readonly #roots: string[] = [];

  async make(): Promise<string> {
    const root = await mkdtemp(join(tmpdir(), "coaudit-claims-"));
    this.#roots.push(root);
    return join(root, "claims");
  }

  async removeAll(): Promise<void> {
    for (const root of this.#roots.splice(0)) await rm(root, { recursive: true, force: true });
  }
}

export type Point = "before-append" | "after-append" | "after-sync" | "after-level";

/**
 * Calls `at` as a record passes each point of its way to the disk, from the moment it is armed. What it throws or never
 * answers, the write does.
 */
export class InterceptedDisk {
  at: (point: Point) => Promise<void> = async () => {};
  readonly #bookName = /claims\.log$/;
  readonly #open: { close(): Promise<void> }[] = [];

  /** Gives back what a process that died in a test still holds. */
  async bury(): Promise<void> {
    for (const open of this.#open.splice(0)) await open.close();
  }

  get modules(): Partial<ClaimBookModules> {
    return {
      files: { ...diskFiles, open: (path) => this.#openFile(path) } satisfies ClaimFiles,
      stores: { ...levelStores, open: async (options) => this.#wrap(await levelStores.open(options)) },
    };
  }

  async #openFile(path: string): Promise<AppendFile> {
    const file = await diskFiles.open(path);
    if (!this.#bookName.test(path)) return file;
    this.#open.push(file);
    return {
      append: async (bytes) => {
        await this.at("before-append");
        await file.append(bytes);
        await this.at("after-append");
      },
      sync: async () => {
        await file.sync();
        await this.at("after-sync");
      },
      close: () => file.close(),
    };
  }

  #wrap(store: Store): Store {
    this.#open.push(store);
    return {
      get: (key) => store.get(key),
      getMany: (keys) => store.getMany(keys),
      iterate: (range) => store.iterate(range),
      close: () => store.close(),
      batch: async (operations, options) => {
        await store.batch(operations, options);
        await this.at("after-level");
      },
    };
  }
}

/** The disk, until it has changed names or contents so many times. */
export function filesForSteps(steps: number): ClaimFiles {
  let left = steps;
  const step = <Result>(work: () => Promise<Result>): Promise<Result> => {
    left -= 1;
    if (left < 0) throw new CoauditError("STORE_IO", "gone", { path: "p", operation: "any" });
    return work();
  };
  return {
    ...diskFiles,
    open: async (path) => step(() => diskFiles.open(path)),
    truncate: async (path, sizeBytes) => step(() => diskFiles.truncate(path, sizeBytes)),
    rename: async (from, to) => step(() => diskFiles.rename(from, to)),
    remove: async (path) => step(() => diskFiles.remove(path)),
    syncFolder: async (path) => step(() => diskFiles.syncFolder(path)),
  };
}
