/**
 * Epochs from a local folder in a bucket's layout: `<dir>/<E>/<previous>/<current>`, or the same below `<dir>/audits`.
 */
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CoauditError, errorMessage } from "../core/errors.ts";
import { aborted } from "./http/http.ts";
import { searchLatest } from "./latest.ts";
import {
  type BlobName,
  type EpochSource,
  type FetchedBlob,
  formatBlobName,
  type Listing,
  namesOfEpoch,
  newestOf,
} from "./source.ts";

export interface FolderOptions {
  readonly directory: string;
  /** Cap on a blob. Default 1 GiB, as for a bucket. */
  readonly maxBlobBytes?: number;
}

const HOST = "file";
const CHUNK_BYTES = 64 * 1024;
/** As many names per epoch as from a bucket. */
const MAX_NAMES = 64;

export class FolderSource implements EpochSource {
  readonly #directory: string;
  readonly #maxBlobBytes: number;
  #root: string | undefined;

  constructor(options: FolderOptions) {
    this.#directory = options.directory;
    this.#maxBlobBytes = options.maxBlobBytes ?? 2 ** 30;
  }

  latest(signal: AbortSignal, from = 1): Promise<number | undefined> {
    return searchLatest(
      {
        isListed: async (epoch) => (await this.listing(epoch, signal)).names.length > 0,
        anyListed: async () => {
          const epochs = await this.#entries("");
          const listed = epochs
            .filter((epoch) => /^[1-9][0-9]{0,15}$/.test(epoch))
            .sort((a, b) => Number(b) - Number(a));
          for (const epoch of listed) {
            const newest = newestOf(await this.#keys(epoch));
            if (newest !== undefined) return newest;
          }
          return undefined;
        },
      },
      from,
    );
  }

  async listing(epoch: number, signal: AbortSignal): Promise<Listing> {
    if (signal.aborted) throw aborted({ host: HOST, path: `${epoch}/` });
    const listed = namesOfEpoch(await this.#keys(String(epoch)), epoch);
    const times = await Promise.all(listed.names.map((name) => this.#writtenMs(name)));
    const known = times.filter((ms) => ms !== undefined);
    return { ...listed, host: HOST, ...(known.length === 0 ? {} : { publishedMs: Math.max(...known) }) };
  }

  async fetch(name: BlobName, signal: AbortSignal): Promise<FetchedBlob> {
    const path = join(await this.#resolveRoot(), formatBlobName(name));
    const where = { host: HOST, path };
    if (signal.aborted) throw aborted(where);
    let sizeBytes: number;
    try {
      const info = await stat(path);
      if (!info.isFile()) throw new CoauditError("SOURCE_NOT_FOUND", `${path} is not a file`, where);
      sizeBytes = info.size;
    } catch (error) {
      throw fileError(error, where);
    }
    if (sizeBytes > this.#maxBlobBytes) {
      const capBytes = this.#maxBlobBytes;
      throw new CoauditError("SOURCE_TOO_LARGE", `${path} has ${sizeBytes} bytes; the cap is ${capBytes}`, {
        ...where,
        capBytes,
        sizeBytes,
      });
    }
    // The file is opened when somebody reads: a body that nobody iterates holds no file.
    return { body: readFile(path, sizeBytes, signal), headers: {}, host: HOST, sizeBytes };
  }

  /** Undefined for a file that went away meanwhile, or cannot be looked at: fetching it says why. */
  async #writtenMs(name: BlobName): Promise<number | undefined> {
    try {
      return Math.floor((await stat(join(await this.#resolveRoot(), formatBlobName(name)))).mtimeMs);
    } catch {
      return undefined;
    }
  }

  async #keys(epoch: string): Promise<string[]> {
    const keys: string[] = [];
    for (const previous of await this.#entries(epoch)) {
      for (const current of await this.#entries(join(epoch, previous))) {
        if (keys.length === MAX_NAMES) return keys;
        keys.push(`${epoch}/${previous}/${current}`);
      }
    }
    return keys;
  }

  /** Sorted; empty if there is no such folder. */
  async #entries(path: string): Promise<string[]> {
    const root = await this.#resolveRoot();
    try {
      return (await readdir(join(root, path))).sort();
    } catch (error) {
      if (path !== "" && isMissing(error)) return [];
      throw fileError(error, { host: HOST, path: join(root, path) });
    }
  }

  async #resolveRoot(): Promise<string> {
    if (this.#root !== undefined) return this.#root;
    const where = { host: HOST, path: this.#directory };
    try {
      const below = await readdir(this.#directory, { withFileTypes: true });
      const hasAudits = below.some((entry) => entry.name === "audits" && entry.isDirectory());
      this.#root = hasAudits ? join(this.#directory, "audits") : this.#directory;
      return this.#root;
    } catch (cause) {
      const message = `the folder ${this.#directory} cannot be read (${errorMessage(cause)}); it should hold <epoch>/<previous>/<current>`;
      throw new CoauditError("SOURCE_FOLDER_UNREADABLE", message, where, { cause });
    }
  }
}

async function* readFile(
  path: string,
  sizeBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const where = { host: HOST, path };
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    let receivedBytes = 0;
    while (receivedBytes < sizeBytes) {
      if (signal.aborted) throw aborted(where);
      const { bytesRead, buffer } = await file.read(
        new Uint8Array(Math.min(CHUNK_BYTES, sizeBytes - receivedBytes)),
        0,
      );
      if (bytesRead === 0) {
        const message = `${path} ended after ${receivedBytes} of ${sizeBytes} bytes; is it still being written?`;
        throw new CoauditError("SOURCE_TRUNCATED", message, { ...where, receivedBytes, expectedBytes: sizeBytes });
      }
      receivedBytes += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw fileError(error, where);
  } finally {
    await file?.close();
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === "ENOENT" || code === "ENOTDIR";
}

function fileError(error: unknown, where: { host: string; path: string }): CoauditError {
  if (error instanceof CoauditError) return error;
  if (isMissing(error))
    return new CoauditError("SOURCE_NOT_FOUND", `there is no file ${where.path}`, where, { cause: error });
  return new CoauditError("SOURCE_FOLDER_UNREADABLE", `${where.path} cannot be read: ${errorMessage(error)}`, where, {
    cause: error,
  });
}
