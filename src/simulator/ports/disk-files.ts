/** The few files of a simulated disk: claims.log and the names beside it, and what of them a power cut takes away. Outlives the lives of its node. */
import { concat } from "../../core/bytes.ts";
import type { RandomStream } from "../engine/random-streams.ts";

interface DiskFile {
  bytes: Uint8Array;
  /** How many of them outlive a power cut. */
  syncedBytes: number;
}

/** A change of a folder that is not synced yet, and how it is undone. */
interface NameChange {
  readonly folder: string;
  readonly undo: () => void;
}

export class DiskFiles {
  readonly #files: Map<string, DiskFile> = new Map();
  #nameChanges: NameChange[] = [];

  constructor(from?: DiskFiles) {
    for (const [path, { bytes }] of from?.entries() ?? []) this.#files.set(path, { bytes, syncedBytes: bytes.length });
  }

  entries(): Iterable<[string, Readonly<DiskFile>]> {
    return this.#files;
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  read(path: string): Uint8Array | undefined {
    return this.#files.get(path)?.bytes;
  }

  /** What the folder holds, sorted. */
  names(folder: string): string[] {
    const inside = `${folder}/`;
    const names = [...this.#files.keys()].filter((path) => path.startsWith(inside));
    return [...new Set(names.map((path) => path.slice(inside.length).split("/")[0] as string))].sort();
  }

  create(path: string): void {
    if (this.#files.has(path)) return;
    this.#files.set(path, { bytes: new Uint8Array(), syncedBytes: 0 });
    this.#changed(path, () => this.#files.delete(path));
  }

  append(path: string, bytes: Uint8Array): void {
    const file = this.#existing(path);
    file.bytes = concat(file.bytes, bytes);
  }

  sync(path: string): void {
    const file = this.#existing(path);
    file.syncedBytes = file.bytes.length;
  }

  /** Synced when it returns. */
  truncate(path: string, sizeBytes: number): void {
    const file = this.#existing(path);
    file.bytes = file.bytes.slice(0, sizeBytes);
    file.syncedBytes = file.bytes.length;
  }

  remove(path: string): void {
    const file = this.#files.get(path);
    if (file === undefined) return;
    this.#files.delete(path);
    this.#changed(path, () => this.#files.set(path, file));
  }

  syncFolder(folder: string): void {
    this.#nameChanges = this.#nameChanges.filter((change) => change.folder !== folder);
  }

  /** The machine loses power: files end somewhere behind their synced part, and a prefix of the changes of names happened. */
  losePower(random: RandomStream): void {
    const happened = random.below(this.#nameChanges.length + 1);
    for (const { undo } of this.#nameChanges.slice(happened).reverse()) undo();
    this.#nameChanges = [];
    for (const path of [...this.#files.keys()].sort()) {
      const file = this.#existing(path);
      const lost = file.bytes.length - file.syncedBytes;
      if (lost > 0) file.bytes = file.bytes.slice(0, file.syncedBytes + random.below(lost + 1));
      file.syncedBytes = file.bytes.length;
    }
  }

  #existing(path: string): DiskFile {
    const file = this.#files.get(path);
    if (file === undefined) throw new Error(`the simulated disk has no file ${path}`);
    return file;
  }

  #changed(path: string, undo: () => void): void {
    this.#nameChanges.push({ folder: path.slice(0, path.lastIndexOf("/")), undo });
  }
}
