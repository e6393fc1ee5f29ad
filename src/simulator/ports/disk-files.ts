/**
 * The few files of a simulated disk: claims.log and the names beside it, and what of them a power cut takes away.
 * Outlives the lives of its node.
 */
import { compareText } from "../../core/bytes.ts";
import { diskError } from "../../ledger/store/store-errors.ts";
import type { RandomStream } from "../engine/random-streams.ts";

interface DiskFile {
  /**
   * What is in it; the array behind it may be longer, so that appending copies each byte a few times and not once for
   * every append.
   */
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
    for (const [path, { bytes }] of from?.entries() ?? []) {
      this.#files.set(path, { bytes: bytes.slice(), syncedBytes: bytes.length });
    }
  }

  entries(): Iterable<[string, Readonly<DiskFile>]> {
    return this.#files;
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** Throws STORE_IO where there is no such file. */
  read(path: string): Uint8Array {
    return this.#existing(path, "read").bytes;
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
    const file = this.#existing(path, "append");
    file.bytes = appended(file.bytes, bytes);
  }

  sync(path: string): void {
    const file = this.#existing(path, "sync");
    file.syncedBytes = file.bytes.length;
  }

  /** Synced when it returns. */
  truncate(path: string, sizeBytes: number): void {
    const file = this.#existing(path, "truncate");
    file.bytes = file.bytes.slice(0, sizeBytes);
    file.syncedBytes = file.bytes.length;
  }

  /** A file, or a folder with all it holds. */
  remove(path: string): void {
    const gone = [...this.#files].filter(([name]) => name === path || name.startsWith(`${path}/`));
    if (gone.length === 0) return;
    for (const [name] of gone) this.#files.delete(name);
    this.#changed(path, () => {
      for (const [name, file] of gone) this.#files.set(name, file);
    });
  }

  syncFolder(folder: string): void {
    this.#nameChanges = this.#nameChanges.filter((change) => change.folder !== folder);
  }

  /**
   * The machine loses power: files end somewhere behind their synced part, and a prefix of the changes of names
   * happened.
   */
  losePower(random: RandomStream): void {
    const happened = random.below(this.#nameChanges.length + 1);
    for (const { undo } of this.#nameChanges.slice(happened).reverse()) undo();
    this.#nameChanges = [];
    for (const [, file] of [...this.#files].sort(([a], [b]) => compareText(a, b))) {
      const lost = file.bytes.length - file.syncedBytes;
      if (lost > 0) file.bytes = file.bytes.slice(0, file.syncedBytes + random.below(lost + 1));
      file.syncedBytes = file.bytes.length;
    }
  }

  #existing(path: string, operation: string): DiskFile {
    const file = this.#files.get(path);
    if (file === undefined) throw diskError(path, operation, new Error("ENOENT: no such file"));
    return file;
  }

  #changed(path: string, undo: () => void): void {
    this.#nameChanges.push({ folder: path.slice(0, path.lastIndexOf("/")), undo });
  }
}

/** `head` with `tail` behind it: in the array of `head` where there is room, else in one of twice the size. */
function appended(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const sizeBytes = head.length + tail.length;
  const hasRoom = head.byteOffset === 0 && head.buffer.byteLength >= sizeBytes;
  const whole = hasRoom ? new Uint8Array(head.buffer) : new Uint8Array(2 * sizeBytes);
  if (!hasRoom) whole.set(head);
  whole.set(tail, head.length);
  return whole.subarray(0, sizeBytes);
}
