/** A recorded directory, republished one epoch at a time. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CoauditError, errorMessage } from "../core/errors.ts";
import { type BlobKey, type Branch, formatKey, type ProviderLog, type PublishedEpoch } from "./log.ts";

export interface RecordedLogOptions {
  /** Holds `<epoch>/<previous>/<current>`, itself or below `audits`. */
  readonly directory: string;
  /** A second recording that takes the place of the first from `atEpoch` on, for whoever is shown the fork. */
  readonly fork?: { readonly directory: string; readonly atEpoch: number };
}

/**
 * Reads the names, not the blobs. Throws PROVIDER_LOG_INVALID for a folder that cannot be read, that holds no epoch, or
 * that holds two blobs for one epoch, and for a fork that lacks the epoch at which it should begin.
 */
export async function openRecordedLog(options: RecordedLogOptions): Promise<ProviderLog> {
  const main = await readRecording(options.directory);
  const fork = options.fork === undefined ? undefined : await readRecording(options.fork.directory);
  const forkAt = options.fork?.atEpoch ?? Number.POSITIVE_INFINITY;
  if (fork !== undefined && !fork.keys.has(forkAt)) {
    throw invalid(fork.root, `the fork has no epoch ${forkAt}, where it should begin`, forkAt);
  }
  const all: PublishedEpoch[] = [];
  for (const [epoch, key] of main.keys) {
    const other = epoch >= forkAt ? fork?.keys.get(epoch) : undefined;
    // A recording ends at its first gap, and with the shorter of the two.
    const before = all.at(-1)?.main.epoch;
    if ((before !== undefined && epoch !== before + 1) || (epoch >= forkAt && other === undefined)) break;
    all.push(other === undefined ? { main: key } : { main: key, fork: other });
  }
  return new RecordedLog(all, { main: main.root, fork: fork?.root ?? main.root });
}

class RecordedLog implements ProviderLog {
  readonly #all: readonly PublishedEpoch[];
  readonly #roots: Readonly<Record<Branch, string>>;
  #count = 0;

  constructor(all: readonly PublishedEpoch[], roots: Readonly<Record<Branch, string>>) {
    this.#all = all;
    this.#roots = roots;
  }

  get newest(): number {
    return this.#all[this.#count - 1]?.main.epoch ?? 0;
  }

  async publishNext(): Promise<PublishedEpoch | undefined> {
    const next = this.#all[this.#count];
    if (next !== undefined) this.#count++;
    return next;
  }

  published(epoch: number): PublishedEpoch | undefined {
    const index = epoch - (this.#all[0]?.main.epoch ?? 0);
    return index >= 0 && index < this.#count ? this.#all[index] : undefined;
  }

  epochs(): readonly number[] {
    return this.#all.slice(0, this.#count).map(({ main }) => main.epoch);
  }

  async bytes(epoch: number, branch: Branch): Promise<Uint8Array> {
    const published = this.published(epoch);
    const key = branch === "fork" ? (published?.fork ?? published?.main) : published?.main;
    if (key === undefined) throw invalid(this.#roots[branch], `epoch ${epoch} is not published`, epoch);
    const root = key === published?.fork ? this.#roots.fork : this.#roots.main;
    return readFile(join(root, formatKey(key)));
  }
}

interface Recording {
  readonly root: string;
  /** Ascending by epoch. */
  readonly keys: ReadonlyMap<number, BlobKey>;
}

async function readRecording(directory: string): Promise<Recording> {
  const names = await list(directory);
  const root = names.includes("audits") ? join(directory, "audits") : directory;
  const epochs = (await list(root)).filter((name) => /^[1-9][0-9]{0,15}$/.test(name)).map(Number);
  if (epochs.length === 0) throw invalid(root, "it holds no epoch; expected folders <epoch>/<previous>/<current>");
  const keys = new Map<number, BlobKey>();
  for (const epoch of epochs.sort((a, b) => a - b)) {
    const found: BlobKey[] = [];
    for (const previous of await digests(join(root, String(epoch)))) {
      for (const current of await digests(join(root, String(epoch), previous)))
        found.push({ epoch, previous, current });
    }
    const [key] = found;
    if (key === undefined || found.length > 1) {
      throw invalid(root, `epoch ${epoch} has ${found.length} blobs; a recording has one per epoch`, epoch);
    }
    keys.set(epoch, key);
  }
  return { root, keys };
}

async function digests(path: string): Promise<string[]> {
  return (await list(path)).filter((name) => /^[0-9a-f]{64}$/.test(name));
}

async function list(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    throw invalid(path, `it cannot be read: ${errorMessage(cause)}`, undefined, cause);
  }
}

function invalid(path: string, reason: string, epoch?: number, cause?: unknown): CoauditError {
  const metadata = { path, reason, ...(epoch === undefined ? {} : { epoch }) };
  return new CoauditError("PROVIDER_LOG_INVALID", `${path} is not a recording to publish: ${reason}`, metadata, {
    cause,
  });
}
