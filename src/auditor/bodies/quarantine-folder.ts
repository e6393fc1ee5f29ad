/**
 * A quarantine on disk: `<namespace>-<epoch>-<sha256>.body` beside a `.json` with where it came from. One folder per
 * namespace.
 */
import { type FileHandle, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { toHex } from "../../core/bytes.ts";
import { makeFolders } from "../../platform/make-folders.ts";
import { renameSynced, replaceFile } from "../../platform/replace-file.ts";
import {
  defaultQuarantineLimits,
  type Quarantine,
  type QuarantineDraft,
  type QuarantineLimits,
  type SuspectBody,
} from "./quarantine.ts";

export interface FolderQuarantineOptions extends Partial<QuarantineLimits> {
  /** Made when it is missing. */
  readonly folder: string;
}

const UNFINISHED = ".part";
const BODY = ".body";

/** Its methods throw the file system's own errors: the caller logs them and continues without. */
export class FolderQuarantine implements Quarantine {
  readonly #folder: string;
  readonly #limits: QuarantineLimits;
  #drafts = 0;
  #isSwept = false;

  constructor(options: FolderQuarantineOptions) {
    this.#folder = options.folder;
    this.#limits = { ...defaultQuarantineLimits, ...options };
  }

  async begin(suspect: SuspectBody): Promise<QuarantineDraft | undefined> {
    await makeFolders(this.#folder);
    await this.#sweep();
    const kept = (await readdir(this.#folder)).filter((name) => name.endsWith(BODY));
    let roomBytes = this.#limits.maxBytes;
    for (const name of kept) roomBytes -= (await stat(join(this.#folder, name))).size;
    if (kept.length >= this.#limits.maxBodies || roomBytes <= 0) return undefined;
    const path = join(this.#folder, `${++this.#drafts}${UNFINISHED}`);
    return new FolderDraft(this.#folder, path, await open(path, "w", 0o600), roomBytes, suspect);
  }

  /** What a crash left unfinished. */
  async #sweep(): Promise<void> {
    if (this.#isSwept) return;
    this.#isSwept = true;
    for (const name of await readdir(this.#folder)) {
      if (name.endsWith(UNFINISHED) || name.endsWith(".new")) await rm(join(this.#folder, name), { force: true });
    }
  }
}

class FolderDraft implements QuarantineDraft {
  readonly #folder: string;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #roomBytes: number;
  readonly #suspect: SuspectBody;
  #sizeBytes = 0;

  constructor(folder: string, path: string, file: FileHandle, roomBytes: number, suspect: SuspectBody) {
    this.#folder = folder;
    this.#path = path;
    this.#file = file;
    this.#roomBytes = roomBytes;
    this.#suspect = suspect;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes > this.#roomBytes) return;
    for (let offset = 0; offset < chunk.length; ) {
      offset += (await this.#file.write(chunk, offset)).bytesWritten;
    }
  }

  async keep(sha256: Uint8Array, errorCode: string): Promise<void> {
    if (this.#sizeBytes > this.#roomBytes) return this.discard();
    const { namespace, epoch } = this.#suspect;
    const target = join(this.#folder, `${namespace}-${epoch}-${toHex(sha256)}`);
    const about = { ...this.#suspect, sha256: toHex(sha256), sizeBytes: this.#sizeBytes, errorCode };
    try {
      await this.#file.sync();
      await replaceFile(`${target}.json`, `${JSON.stringify(about, undefined, 2)}\n`, { mode: 0o600 });
      // The same body again replaces itself.
      await renameSynced(this.#path, `${target}${BODY}`);
    } finally {
      // By now the file has another name, unless something above failed.
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    await this.#file.close();
    await rm(this.#path, { force: true });
  }
}
