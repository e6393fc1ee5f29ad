/**
 * A proof cache on disk, one folder per namespace: `<epoch>-<previous>-<current>-<sha256>.proof`. When full, it drops
 * the oldest.
 */
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { equalBytes, fromHex, toHex } from "../../core/bytes.ts";
import { makeFolders } from "../../platform/make-folders.ts";
import { type BlobName, formatBlobName, parseBlobName } from "../../source/source.ts";
import type { KeptProof, ProofCache, ProofDraft } from "./proof-cache.ts";
import { hashOf, readFrom } from "./proof-file.ts";

export interface FolderProofCacheOptions {
  /** Made when it is missing; nobody else writes there. */
  readonly folder: string;
  readonly maxEpochs: number;
  /** Of everything in the folder, including what is being written. */
  readonly maxBytes: number;
}

interface Entry {
  readonly name: BlobName;
  readonly sha256: Uint8Array;
  readonly sizeBytes: number;
  readonly path: string;
  /** Its bytes are known to be those that were verified: this run wrote them, or has hashed them. */
  isChecked: boolean;
}

const UNFINISHED = ".part";
const KEPT = ".proof";

/** Its methods throw the file system's own errors. */
export class FolderProofCache implements ProofCache {
  readonly keptEpochs: number;
  readonly #folder: string;
  readonly #maxBytes: number;
  /** By epoch, in the order in which they were kept; at most maxEpochs. */
  readonly #kept: Map<number, Entry> = new Map();
  /** Verified, but not (yet) accepted by the audit. One is enough: if two are right, the audit accepts neither. */
  #offered: Entry | undefined;
  #draftBytes = 0;
  #drafts = 0;

  private constructor({ folder, maxEpochs, maxBytes }: FolderProofCacheOptions) {
    this.#folder = folder;
    this.keptEpochs = maxEpochs;
    this.#maxBytes = maxBytes;
  }

  /** Loads what an earlier run kept, and deletes what it left unfinished. */
  static async open(options: FolderProofCacheOptions): Promise<FolderProofCache> {
    const cache = new FolderProofCache(options);
    await cache.#load();
    return cache;
  }

  /** undefined: not kept, or no longer. */
  async open(epoch: number): Promise<KeptProof | undefined> {
    const entry = this.#kept.get(epoch);
    if (entry === undefined) return undefined;
    const file = await openIfThere(entry.path);
    try {
      if (file !== undefined && (await this.#isWhole(entry, file))) {
        const { name, sha256, sizeBytes } = entry;
        return { name, sha256, sizeBytes, body: readFrom(file, sizeBytes), close: () => file.close() };
      }
    } catch (error) {
      await file?.close();
      throw error;
    }
    await file?.close();
    await this.#drop(entry);
    return undefined;
  }

  async begin(name: BlobName, sizeBytes: number = 0): Promise<ProofDraft | undefined> {
    // What the audit did not accept while it looked at that epoch, it never will.
    if (this.#offered !== undefined && this.#offered.name.epoch !== name.epoch) await this.#discardOffered();
    if (sizeBytes > this.#maxBytes) return undefined;
    const path = join(this.#folder, `${++this.#drafts}${UNFINISHED}`);
    const file = await open(path, "wx", 0o600);
    let writtenBytes = 0;
    let hasRoom = true;
    const end = async (): Promise<void> => {
      this.#draftBytes -= writtenBytes;
      writtenBytes = 0;
      await file.close();
    };
    return {
      write: async (chunk) => {
        hasRoom &&= await this.#makeRoom(chunk.length);
        if (!hasRoom) return;
        this.#draftBytes += chunk.length;
        writtenBytes += chunk.length;
        for (let offset = 0; offset < chunk.length; ) offset += (await file.write(chunk, offset)).bytesWritten;
      },
      offer: async (sha256) => {
        const entry = { name, sha256, sizeBytes: writtenBytes, path, isChecked: true };
        try {
          await end();
          await this.#discardOffered();
        } catch (error) {
          await rm(path, { force: true });
          throw error;
        }
        if (hasRoom) this.#offered = entry;
        else await rm(path, { force: true });
      },
      discard: async () => {
        await end().finally(() => rm(path, { force: true }));
      },
    };
  }

  async publish(name: BlobName): Promise<void> {
    const offered = this.#offered;
    if (offered === undefined || formatBlobName(offered.name) !== formatBlobName(name)) return;
    const path = join(this.#folder, fileNameOf(offered));
    await rename(offered.path, path);
    this.#offered = undefined;
    const before = this.#kept.get(name.epoch);
    this.#kept.delete(name.epoch);
    this.#kept.set(name.epoch, { ...offered, path });
    if (before !== undefined && before.path !== path) await rm(before.path, { force: true });
    await this.#shrink();
  }

  async #load(): Promise<void> {
    await makeFolders(this.#folder, 0o700);
    const found: Entry[] = [];
    for (const file of await readdir(this.#folder)) {
      const path = join(this.#folder, file);
      if (file.endsWith(UNFINISHED)) await rm(path, { force: true });
      const parsed = parseFileName(file);
      if (parsed !== undefined) found.push({ ...parsed, sizeBytes: (await stat(path)).size, path, isChecked: false });
    }
    for (const entry of found.sort((a, b) => a.name.epoch - b.name.epoch)) {
      const before = this.#kept.get(entry.name.epoch);
      if (before !== undefined) await this.#drop(before);
      this.#kept.set(entry.name.epoch, entry);
    }
    await this.#shrink();
  }

  /** Kept proofs are not synced, and a power cut may have taken a part: what an earlier run wrote is hashed first. */
  async #isWhole(entry: Entry, file: FileHandle): Promise<boolean> {
    entry.isChecked ||= equalBytes(await hashOf(file, entry.sizeBytes), entry.sha256);
    return entry.isChecked;
  }

  async #shrink(): Promise<void> {
    await this.#makeRoom(0);
    for (const entry of this.#kept.values()) if (this.#kept.size > this.keptEpochs) await this.#drop(entry);
  }

  /** Drops the oldest until that many more bytes fit; false if they never will. */
  async #makeRoom(sizeBytes: number): Promise<boolean> {
    const unkeptBytes = sizeBytes + this.#draftBytes + (this.#offered?.sizeBytes ?? 0);
    if (unkeptBytes > this.#maxBytes) return false;
    let keptBytes = [...this.#kept.values()].reduce((sum, entry) => sum + entry.sizeBytes, 0);
    for (const entry of this.#kept.values()) {
      if (unkeptBytes + keptBytes <= this.#maxBytes) break;
      keptBytes -= entry.sizeBytes;
      await this.#drop(entry);
    }
    return true;
  }

  async #drop(entry: Entry): Promise<void> {
    await rm(entry.path, { force: true });
    if (this.#kept.get(entry.name.epoch) === entry) this.#kept.delete(entry.name.epoch);
  }

  async #discardOffered(): Promise<void> {
    const offered = this.#offered;
    this.#offered = undefined;
    if (offered !== undefined) await rm(offered.path, { force: true });
  }
}

function fileNameOf({ name, sha256 }: Entry): string {
  return `${formatBlobName(name).replaceAll("/", "-")}-${toHex(sha256)}${KEPT}`;
}

function parseFileName(file: string): Pick<Entry, "name" | "sha256"> | undefined {
  const match = /^([1-9][0-9]{0,15})-([0-9a-f]{64})-([0-9a-f]{64})-([0-9a-f]{64})\.proof$/.exec(file);
  if (match === null || Number(match[1]) > Number.MAX_SAFE_INTEGER) return undefined;
  return { name: parseBlobName(match.slice(1, 4).join("/")), sha256: fromHex(match[4] as string) };
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
