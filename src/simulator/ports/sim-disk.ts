/** The disk of one simulated machine, and the ports through which one life of its node uses it. */
import { CoauditError } from "../../core/errors.ts";
import type { AppendFile, ClaimFiles } from "../../ledger/claims/claim-files.ts";
import type { ClaimStores } from "../../ledger/claims/claim-open.ts";
import { LEVEL_NAME } from "../../ledger/claims/claim-sides.ts";
import type { KeyRange, Store, StoreOperation, WriteOptions } from "../../ledger/store/store.ts";
import { diskError } from "../../ledger/store/store-errors.ts";
import { type Distribution, drawUs } from "../engine/distribution.ts";
import type { Incarnation } from "../engine/incarnation.ts";
import type { RandomStream } from "../engine/random-streams.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import { DiskFiles } from "./disk-files.ts";
import { DiskTable } from "./disk-table.ts";
import type { Interner } from "./interner.ts";

export const CLAIMS_FOLDER = "claims";
export const CLAIMS_TABLE: string = `${CLAIMS_FOLDER}/${LEVEL_NAME}`;
const LEDGER_TABLE = "ledger";

/** What a disk may do wrong. */
export type DiskTrouble = "full" | "error";

export interface SimDiskOptions {
  /** "power-cuts": remembers what is not synced. */
  readonly durability: "power-cuts" | "kept";
}

export class SimDisk {
  readonly #options: SimDiskOptions;
  readonly #interner: Interner;
  readonly #tables: Map<string, DiskTable> = new Map();
  readonly #files: DiskFiles;
  /** While it is set every write fails. */
  trouble: DiskTrouble | undefined;
  /** Its operator has run `coaudit init` to the end. */
  hasBook: boolean;

  constructor(options: SimDiskOptions, modules: { interner: Interner }, from?: SimDisk) {
    this.#options = options;
    this.#interner = modules.interner;
    this.#files = new DiskFiles(from?.files);
    this.hasBook = from?.hasBook ?? false;
    for (const [name, table] of from?.tables ?? []) {
      this.#tables.set(name, new DiskTable(this.#interner, options.durability, table));
    }
  }

  get files(): DiskFiles {
    return this.#files;
  }

  get tables(): ReadonlyMap<string, DiskTable> {
    return this.#tables;
  }

  /** As it is now, written down elsewhere: a backup, or the disk of a second machine. */
  copy(): SimDisk {
    return new SimDisk(this.#options, { interner: this.#interner }, this);
  }

  table(name: string): DiskTable {
    const held = this.#tables.get(name);
    if (held !== undefined) return held;
    const table = new DiskTable(this.#interner, this.#options.durability);
    this.#tables.set(name, table);
    return table;
  }

  /**
   * What its claims can look like: whoever lost one entry finds what a crash leaves and goes on, unless the crash came
   * between the two writes of another claim; whoever lost more never goes on.
   */
  get claims(): "whole" | "in doubt" | "damaged" {
    const lost = this.#tables.get(CLAIMS_TABLE)?.lostEntries ?? 0;
    return lost === 0 ? "whole" : lost === 1 ? "in doubt" : "damaged";
  }

  losePower(nowUs: number, random: RandomStream): void {
    this.#files.losePower(random);
    for (const name of [...this.#tables.keys()].sort()) this.table(name).losePower(nowUs, random.unit());
    // A store whose folder's name was lost is lost with it.
    for (const name of this.#tables.keys()) {
      if (name !== LEDGER_TABLE && !this.#files.has(name)) this.#tables.delete(name);
    }
  }
}

export interface DiskCosts {
  readonly readMs: Distribution;
  readonly writeMs: Distribution;
  readonly syncMs: Distribution;
}

export interface SimStorageModules {
  readonly disk: SimDisk;
  readonly incarnation: Incarnation;
  readonly scheduler: Scheduler;
  readonly random: RandomStream;
}

/** The ledger's store, the files and the store of the claims, as one life of a node sees them. */
export class SimStorage {
  readonly #costs: DiskCosts;
  readonly #modules: SimStorageModules;

  constructor(costs: DiskCosts, modules: SimStorageModules) {
    this.#costs = costs;
    this.#modules = modules;
  }

  ledgerStore(): Store {
    return this.#store(LEDGER_TABLE);
  }

  get claimStores(): ClaimStores {
    const { files } = this.#modules.disk;
    return {
      open: ({ folder, mode }) =>
        this.#does("sync", folder, () => {
          if (mode === "existing" && !files.has(folder)) {
            throw new CoauditError("STORE_DAMAGED", `${folder} is missing`, { folder, reason: "it is missing" });
          }
          files.create(folder);
          return this.#store(folder);
        }),
      checkUnused: () => this.#after(0, () => undefined),
    };
  }

  get claimFiles(): ClaimFiles {
    const { files } = this.#modules.disk;
    const unused = (path: string): never => {
      throw new Error(`simulated worlds do not repair claims: ${path}`);
    };
    return {
      makeFolder: () => this.#after(0, () => undefined),
      names: (folder) => this.#after(this.#costs.readMs, () => files.names(folder)),
      read: (path) => chunksOf(() => this.#after(this.#costs.readMs, () => files.read(path))),
      open: async (path) => {
        await this.#does("write", path, () => files.create(path));
        return this.#appendFile(path);
      },
      truncate: (path, sizeBytes) => this.#does("sync", path, () => files.truncate(path, sizeBytes)),
      remove: (path) => this.#does("write", path, () => files.remove(path)),
      syncFolder: (folder) => this.#does("sync", folder, () => files.syncFolder(folder)),
      rename: async (from) => unused(from),
      copy: async (from) => unused(from),
    };
  }

  #appendFile(path: string): AppendFile {
    const { files } = this.#modules.disk;
    return {
      append: (bytes) =>
        this.#does("write", path, () => files.append(path, bytes), {
          // A full disk takes what it has room for.
          whenFull: () => files.append(path, bytes.subarray(0, this.#modules.random.below(bytes.length))),
        }),
      sync: () => this.#does("sync", path, () => files.sync(path)),
      close: () => this.#after(0, () => undefined),
    };
  }

  #store(name: string): Store {
    const { disk, scheduler } = this.#modules;
    const table = disk.table(name);
    let isClosed = false;
    let failed: unknown;
    const checkOpen = (): void => {
      if (isClosed) throw new CoauditError("STORE_CLOSED", `the simulated store ${name} is closed`, { path: name });
    };
    const reads = <T>(read: () => T): Promise<T> =>
      this.#after(this.#costs.readMs, () => {
        checkOpen();
        return read();
      });
    return {
      get: (key) => reads(() => table.get(key)),
      getMany: (keys) => reads(() => keys.map((key) => table.get(key))),
      batch: async (operations: readonly StoreOperation[], { sync }: WriteOptions) => {
        checkOpen();
        // As LevelDB here: what follows a failed write would be lost at the next start.
        if (failed !== undefined) throw failed;
        const write = (): void => {
          if (failed !== undefined) throw failed;
          table.apply(operations, sync, scheduler.nowUs);
        };
        try {
          await this.#does(sync ? "sync" : "write", name, write);
        } catch (error) {
          failed = error;
          throw error;
        }
      },
      iterate: (range: KeyRange) => iterated(() => reads(() => table.range(range)), checkOpen),
      close: () =>
        this.#after(0, () => {
          isClosed = true;
        }),
    };
  }

  /** A write, unless the disk refuses it. */
  #does<T>(
    kind: "write" | "sync",
    path: string,
    work: () => T,
    { whenFull }: { readonly whenFull?: () => void } = {},
  ): Promise<T> {
    const { disk } = this.#modules;
    return this.#after(kind === "sync" ? this.#costs.syncMs : this.#costs.writeMs, () => {
      if (disk.trouble === "full") {
        whenFull?.();
        throw diskError(path, kind, new Error("ENOSPC"));
      }
      if (disk.trouble === "error") throw diskError(path, kind, new Error("EIO"));
      return work();
    });
  }

  #after<T>(costMs: Distribution, work: () => T): Promise<T> {
    const { incarnation, random } = this.#modules;
    return incarnation.later(costMs === 0 ? 0 : drawUs(costMs, random), work);
  }
}

async function* iterated(
  read: () => Promise<[Uint8Array, Uint8Array][]>,
  checkOpen: () => void,
): AsyncGenerator<[Uint8Array, Uint8Array], void, undefined> {
  for (const entry of await read()) {
    checkOpen();
    yield entry;
  }
}

async function* chunksOf(read: () => Promise<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = await read();
  if (bytes.length > 0) yield bytes;
}
