import { cp, mkdir, mkdtemp, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { FolderSource } from "../../src/source/folder.ts";
import { formatBlobName, parseBlobName } from "../../src/source/source.ts";
import { collect, describeEpochSource, expectCode, fetchAll } from "./contract.ts";
import { LATER, MAIN, namesIn } from "./fixtures.ts";

const never = new AbortController().signal;
const folders: string[] = [];
const temporary = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "coaudit-folder-"));
  folders.push(folder);
  return folder;
};
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

describeEpochSource("FolderSource", async (log, limits) => {
  const close = async (): Promise<void> => {};
  if (log === "main") return { source: new FolderSource({ directory: MAIN, ...limits }), close };
  if (log === "later") return { source: new FolderSource({ directory: join(LATER, "audits") }), close };
  const directory = await temporary();
  if (log === "two-names") {
    await cp(join(MAIN, "audits", "5"), join(directory, "5"), { recursive: true });
    const { epoch, previous } = parseBlobName((await namesIn(MAIN)).get(5)!);
    const second = formatBlobName({ epoch, previous, current: new Uint8Array(32) });
    await writeFile(join(directory, second), "other");
  }
  return { source: new FolderSource({ directory }), close };
});

describe("A folder", () => {
  it("may hold other files than blobs: they are counted, not listed", async () => {
    const directory = await temporary();
    const digest = "ab".repeat(32);
    for (const path of [`7/${digest}/${digest}`, `7/${digest}/${digest.toUpperCase()}`, "7/notes", "README", "x/y/z"]) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), "x");
    }
    const source = new FolderSource({ directory });
    const listing = await source.listing(7, never);
    expect(listing.names.map(formatBlobName)).toEqual([`7/${digest}/${digest}`]);
    expect(listing.foreignKeys).toBe(1);
    expect(await source.latest(never)).toBe(7);
  });

  it("shows when the newest blob of an epoch was written", async () => {
    const directory = await temporary();
    for (const [index, letter] of ["a", "b"].entries()) {
      const path = join(directory, "7", letter.repeat(64), "c".repeat(64));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, "x");
      await utimes(path, 0, 1_700_000_000 + index);
    }
    const source = new FolderSource({ directory });
    expect((await source.listing(7, never)).publishedMs).toBe(1_700_000_001_000);
    expect(await source.listing(8, never)).not.toHaveProperty("publishedMs");
  });

  it("that does not exist is an error that names it, until it exists", async () => {
    const directory = join(await temporary(), "later");
    const source = new FolderSource({ directory });
    const error = await expectCode(() => source.latest(never), "SOURCE_FOLDER_UNREADABLE");
    expect(error.message).toContain(directory);
    await mkdir(directory);
    expect(await source.latest(never)).toBeUndefined();
  });

  it("whose file becomes shorter while it is read gives an error, not a short body", async () => {
    const directory = await temporary();
    const name = parseBlobName(`1/${"00".repeat(32)}/${"11".repeat(32)}`);
    const path = join(directory, formatBlobName(name));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, new Uint8Array(200_000));
    const source = new FolderSource({ directory });
    expect(await fetchAll(source, name, never)).toHaveLength(200_000);
    const { body } = await source.fetch(name, never);
    await truncate(path, 100_000);
    const error = await expectCode(() => collect(body), "SOURCE_TRUNCATED");
    expect(error.metadata).toMatchObject({ receivedBytes: 100_000, expectedBytes: 200_000 });
  });
});
