import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Level } from "level";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { schemaKey } from "../../../src/ledger/store/keyspace.ts";
import { LevelStore } from "../../../src/ledger/store/level-store.ts";
import { SCHEMA_VERSION } from "../../../src/ledger/store/schema.ts";
import { describeStore, entriesOf } from "./store-contract.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "coaudit-store-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describeStore("LevelDB", () => LevelStore.open({ folder: join(folder, "db") }));

const one = [{ type: "put", key: Uint8Array.of(1), value: Uint8Array.of(1) }] as const;

async function written(path: string): Promise<void> {
  const store = await LevelStore.open({ folder: path });
  await store.batch(one, { sync: true });
  await store.close();
}

describe("opening a store on disk", () => {
  it("finds what an earlier run wrote", async () => {
    await written(folder);
    const store = await LevelStore.open({ folder, mode: "existing" });
    expect(await entriesOf(store, { gte: Uint8Array.of(1), lt: Uint8Array.of(2) })).toEqual([[[1], [1]]]);
    await store.close();
  });

  it("says that another process holds it", async () => {
    const store = await LevelStore.open({ folder });
    await expect(LevelStore.open({ folder })).rejects.toMatchObject({
      code: "STORE_LOCKED",
      metadata: { folder },
      message: expect.stringMatching(/in use by another process: stop/),
    });
    await store.close();
  });

  it("refuses a newer schema and says which versions met", async () => {
    await written(folder);
    const store = await LevelStore.open({ folder });
    await store.batch([{ type: "put", key: schemaKey, value: Uint8Array.of(0, 0, 0, SCHEMA_VERSION + 1) }], {
      sync: true,
    });
    await store.close();
    for (const mode of ["create", "existing"] as const) {
      await expect(LevelStore.open({ folder, mode })).rejects.toMatchObject({
        code: "STORE_SCHEMA_NEWER",
        metadata: { folder, found: SCHEMA_VERSION + 1, known: SCHEMA_VERSION },
      });
    }
  });

  it("refuses entries without a schema version", async () => {
    await written(folder);
    const store = await LevelStore.open({ folder });
    await store.batch([{ type: "delete", key: schemaKey }], { sync: true });
    await store.close();
    await expect(LevelStore.open({ folder })).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    await expect(LevelStore.open({ folder, mode: "existing" })).rejects.toMatchObject({ code: "STORE_DAMAGED" });
  });

  it("never begins a new database over the tables of one that lost its CURRENT file", async () => {
    await written(folder);
    await rm(join(folder, "CURRENT"));
    const before = (await readdir(folder)).filter((name) => /\.(ldb|log)$/.test(name));
    await expect(LevelStore.open({ folder })).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    expect(await readdir(folder)).toEqual(expect.arrayContaining(before));
  });

  it("calls a damaged list of tables damage", async () => {
    await written(folder);
    const manifest = (await readdir(folder)).find((name) => name.startsWith("MANIFEST")) as string;
    const bytes = await readFile(join(folder, manifest));
    bytes[10] = (bytes[10] as number) ^ 1;
    await writeFile(join(folder, manifest), bytes);
    await expect(LevelStore.open({ folder })).rejects.toMatchObject({ code: "STORE_DAMAGED" });
  });

  it("when tables are verified, misses a damaged one instead of reading it, and keeps it", async () => {
    const tables = "verified" as const;
    for (let run = 0; run < 2; run++) {
      const store = await LevelStore.open({ folder, tables });
      await store.batch(one, { sync: true });
      await store.close();
    }
    const table = (await readdir(folder)).find((name) => name.endsWith(".ldb")) as string;
    const bytes = await readFile(join(folder, table));
    bytes[3] = (bytes[3] as number) ^ 1;
    await writeFile(join(folder, table), bytes);
    await expect(LevelStore.open({ folder, tables })).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    expect(await readdir(folder)).toContain(`${table}.damaged`);
  });

  it("when tables are verified, does not mind what a crash left of a table in the making", async () => {
    await (await LevelStore.open({ folder, tables: "verified" })).close();
    await writeFile(join(folder, "000099.ldb"), "half a tab");
    await (await LevelStore.open({ folder, tables: "verified" })).close();
  });

  it("can be asked whether it is in use, which changes nothing", async () => {
    const store = await LevelStore.open({ folder });
    await expect(LevelStore.checkUnused(folder)).rejects.toMatchObject({ code: "STORE_LOCKED" });
    await store.batch(one, { sync: true });
    await store.close();
    await LevelStore.checkUnused(folder);
    const again = await LevelStore.open({ folder, mode: "existing" });
    expect(await entriesOf(again, { gte: Uint8Array.of(1), lt: Uint8Array.of(2) })).toHaveLength(1);
    await again.close();
  });

  it("does not make a store where one is expected", async () => {
    await expect(LevelStore.open({ folder: join(folder, "none"), mode: "existing" })).rejects.toMatchObject({
      code: "STORE_DAMAGED",
    });
  });

  it("names the folder when the path is not one", async () => {
    const path = join(folder, "file");
    await writeFile(path, "");
    await expect(LevelStore.open({ folder: path })).rejects.toMatchObject({ code: "STORE_IO" });
    await mkdir(join(folder, "empty"));
    await (await LevelStore.open({ folder: join(folder, "empty") })).close();
  });
});

describe("a write that fails", () => {
  afterEach(() => vi.restoreAllMocks());

  const failOnce = (text: string): void => {
    const failure = Object.assign(new Error(`IO error: ${folder}/000003.log: ${text}`), { code: "LEVEL_IO_ERROR" });
    vi.spyOn(Level.prototype, "batch").mockImplementationOnce((): never => {
      throw failure;
    });
  };

  it.each([
    ["No space left on device", "STORE_FULL"],
    ["Disk quota exceeded", "STORE_FULL"],
    ["Input/output error", "STORE_IO"],
  ])("with %s gives %s and ends all writing until the store is opened again", async (text, code) => {
    const store = await LevelStore.open({ folder });
    await store.batch(one, { sync: true });
    failOnce(text);
    const two = [{ type: "put", key: Uint8Array.of(2), value: Uint8Array.of(2) }] as const;
    await expect(store.batch(two, { sync: true })).rejects.toMatchObject({ code, metadata: { path: folder } });
    await expect(store.batch(two, { sync: true })).rejects.toMatchObject({ code });
    expect([...((await store.get(Uint8Array.of(1))) ?? [])]).toEqual([1]);
    await store.close();

    const again = await LevelStore.open({ folder });
    await again.batch(two, { sync: true });
    expect(await entriesOf(again, { gte: Uint8Array.of(1), lt: Uint8Array.of(3) })).toHaveLength(2);
    await again.close();
  });
});
