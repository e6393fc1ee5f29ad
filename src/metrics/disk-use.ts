/** How much of the disk a node's data takes, and how much is free. */
import { lstat, readdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Elapsed } from "../core/clock.ts";
import type { DiskUse } from "./series.ts";

/** A year of one namespace is thousands of files; whoever scrapes often must not read them all each time. */
const KEPT_MS = 60_000;

export class DiskWatch {
  readonly #folder: string;
  readonly #clock: Elapsed;
  #kept: { readonly use: DiskUse; readonly untilMs: number } | undefined;

  constructor(options: { readonly folder: string }, modules: { readonly clock: Elapsed }) {
    this.#folder = options.folder;
    this.#clock = modules.clock;
  }

  /** Not older than a minute. Never throws: what cannot be read counts as nothing. */
  async look(): Promise<DiskUse> {
    const nowMs = this.#clock.elapsedMs();
    if (this.#kept !== undefined && nowMs < this.#kept.untilMs) return this.#kept.use;
    const names = await readdir(this.#folder, { withFileTypes: true }).catch(() => []);
    const bytes = new Map<string, number>();
    for (const entry of names) {
      if (entry.isDirectory()) bytes.set(entry.name, await sizeOf(join(this.#folder, entry.name)));
    }
    const free = await statfs(this.#folder).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => 0,
    );
    const use = { bytes, freeBytes: free };
    this.#kept = { use, untilMs: nowMs + KEPT_MS };
    return use;
  }
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  let total = 0;
  for (const entry of entries) {
    // LevelDB removes files as it goes.
    if (entry.isFile())
      total += await lstat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      );
  }
  return total;
}
