/** What a book says when its two places tell different stories. */
import { cp, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClaimStores, levelStores } from "../../../src/ledger/claims/claim-open.ts";
import { bucketKey, claimKey, claimsBookKey } from "../../../src/ledger/store/keyspace.ts";
import { LevelStore } from "../../../src/ledger/store/level-store.ts";
import type { StoreOperation } from "../../../src/ledger/store/store.ts";
import { claimFor, InterceptedDisk, modules, NAMESPACE, openBook, TemporaryFolders } from "./claim-support.ts";

const folders = new TemporaryFolders();
let five: string;
/** Where each of the five records of the log begins, and where the last one ends. */
const bounds: number[] = [];

beforeAll(async () => {
  five = await folders.make();
  const book = await openBook(five);
  bounds.push((await readFile(join(five, "claims.log"))).length);
  for (let epoch = 1; epoch <= 5; epoch++) {
    await book.claim(claimFor(epoch));
    bounds.push((await readFile(join(five, "claims.log"))).length);
  }
  await book.close();
});
afterAll(() => folders.removeAll());

async function copyOfFive(): Promise<string> {
  const folder = await folders.make();
  await cp(five, folder, { recursive: true });
  return folder;
}

async function changeLevel(folder: string, operations: StoreOperation[]): Promise<void> {
  const store = await LevelStore.open({ folder: join(folder, "claims.level"), tables: "verified" });
  await store.batch(operations, { sync: true });
  await store.close();
}

async function changeLog(folder: string, change: (records: Buffer[]) => Buffer[]): Promise<void> {
  const bytes = await readFile(join(folder, "claims.log"));
  const header = bytes.subarray(0, bounds[0]);
  const records = bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
  await writeFile(join(folder, "claims.log"), Buffer.concat([header, ...change(records)]));
}

async function expectDamage(folder: string, metadata: object): Promise<void> {
  // Twice: refusing must not be what heals it.
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(openBook(folder)).rejects.toMatchObject({ code: "CLAIMS_DAMAGED", metadata });
  }
}

describe("a crash between the two writes", () => {
  it("is healed when the log holds exactly one record more, its last", async () => {
    const folder = await copyOfFive();
    await changeLevel(folder, [{ type: "delete", key: claimKey(NAMESPACE, 5) }]);
    const book = await openBook(folder);
    expect(await book.get(NAMESPACE, 5)).toEqual(claimFor(5));
    await book.close();
    await (await openBook(folder)).close();
  });

  it("is healed by syncing the log first: a killed process may have left the record in the kernel's cache alone", async () => {
    const folder = await copyOfFive();
    await changeLevel(folder, [{ type: "delete", key: claimKey(NAMESPACE, 5) }]);
    const disk = new InterceptedDisk();
    const passed: string[] = [];
    disk.at = async (point) => void passed.push(point);
    const book = await openBook(folder, disk.modules);
    expect(passed).toEqual(["after-sync", "after-level"]);
    await book.close();
  });

  it("is not what lost a record in the middle, or two, or one of another namespace", async () => {
    for (const epochs of [[3], [4, 5], [1], [1, 2, 3, 4, 5]]) {
      const folder = await copyOfFive();
      await changeLevel(
        folder,
        epochs.map((epoch) => ({ type: "delete", key: claimKey(NAMESPACE, epoch) })),
      );
      await expectDamage(folder, { file: "claims.level", newestInLog: { [NAMESPACE]: 5 } });
    }
  });

  it("never leaves a torn record behind one that LevelDB lacks", async () => {
    const folder = await copyOfFive();
    await changeLevel(folder, [
      { type: "delete", key: claimKey(NAMESPACE, 4) },
      { type: "delete", key: claimKey(NAMESPACE, 5) },
    ]);
    await truncate(join(folder, "claims.log"), (bounds[5] as number) - 1);
    await expectDamage(folder, {
      file: "claims.level",
      newestInLog: { [NAMESPACE]: 4 },
      newestInLevel: { [NAMESPACE]: 3 },
    });
  });
});

describe("a log that lacks what LevelDB holds", () => {
  it("is damage, whether it ends between two records or within one", async () => {
    for (const [cut, newest] of [
      [bounds[4] as number, 4],
      [(bounds[5] as number) - 1, 4],
      [(bounds[4] as number) + 2, 4],
      [bounds[2] as number, 2],
    ] as const) {
      const folder = await copyOfFive();
      await truncate(join(folder, "claims.log"), cut);
      await expectDamage(folder, { newestInLog: { [NAMESPACE]: newest }, newestInLevel: { [NAMESPACE]: 5 } });
    }
  });

  it("is damage when it ends with its header, or is empty, or missing", async () => {
    for (const damage of [
      (path: string) => truncate(path, bounds[0]),
      (path: string) => truncate(path, 0),
      (path: string) => truncate(path, 10),
      (path: string) => rm(path),
    ]) {
      const folder = await copyOfFive();
      await damage(join(folder, "claims.log"));
      await expectDamage(folder, { newestInLog: {}, newestInLevel: { [NAMESPACE]: 5 } });
    }
  });
});

describe("a log whose records were changed", () => {
  const offsetOf = (record: number): number => bounds[record] as number;

  it.each<[string, (records: Buffer[]) => Buffer[], number]>([
    ["removed", ([a, , c, d, e]) => [a, c, d, e] as Buffer[], 1],
    ["put in another order", ([a, b, c, d, e]) => [a, c, b, d, e] as Buffer[], 1],
    ["repeated", ([a, b, ...rest]) => [a, b, b, ...rest] as Buffer[], 2],
  ])("(%s) does not match its checksums and says where", async (_name, change, badRecord) => {
    const folder = await copyOfFive();
    await changeLog(folder, change);
    await expectDamage(folder, { file: "claims.log", offset: offsetOf(badRecord), newestInLevel: { [NAMESPACE]: 5 } });
  });

  it("does not take an impossible size for a record cut short", async () => {
    const folder = await copyOfFive();
    await changeLog(folder, (records) => [...records, Buffer.from([0, 1, 0, 0, 1])]);
    await expectDamage(folder, { file: "claims.log", offset: offsetOf(5) });
  });
});

describe("a LevelDB folder", () => {
  it("that is missing is damage, not a new book", async () => {
    const folder = await copyOfFive();
    await rm(join(folder, "claims.level"), { recursive: true });
    await expectDamage(folder, { file: "claims.level", newestInLog: { [NAMESPACE]: 5 }, newestInLevel: {} });
    expect(await readdir(folder)).toEqual(["claims.log"]);
  });

  it("that was emptied is damage, even beside an empty log", async () => {
    const folder = await copyOfFive();
    await rm(join(folder, "claims.level"), { recursive: true });
    await (await LevelStore.open({ folder: join(folder, "claims.level") })).close();
    await expectDamage(folder, { file: "claims.level" });
    await truncate(join(folder, "claims.log"), 0);
    await expectDamage(folder, { file: "claims.log", newestInLog: {}, newestInLevel: {} });
    await truncate(join(folder, "claims.log"), 0);
    await rm(join(folder, "claims.log"));
    await expectDamage(folder, { file: "claims.log", newestInLog: {}, newestInLevel: {} });
  });

  it("of another book is damage, even with the same claims", async () => {
    const other = await folders.make();
    const random = { bytes: (length: number) => new Uint8Array(length).fill(1) };
    const book = await openBook(other, { ...modules(), random });
    for (let epoch = 1; epoch <= 5; epoch++) await book.claim(claimFor(epoch));
    await book.close();
    const folder = await copyOfFive();
    await rm(join(folder, "claims.level"), { recursive: true });
    await cp(join(other, "claims.level"), join(folder, "claims.level"), { recursive: true });
    await expectDamage(folder, {
      file: "claims.level",
      newestInLog: { [NAMESPACE]: 5 },
      newestInLevel: { [NAMESPACE]: 5 },
    });
  });

  it("that lost the mark of its book, holds a claim more, or one under a wrong key, is damage", async () => {
    const value = new Uint8Array(20);
    for (const operation of [
      { type: "delete", key: claimsBookKey },
      { type: "put", key: claimKey(NAMESPACE, 6), value },
      { type: "put", key: claimKey(NAMESPACE, 5), value },
      { type: "put", key: bucketKey("claimEvent", value), value },
    ] as StoreOperation[]) {
      const folder = await copyOfFive();
      await changeLevel(folder, [operation]);
      await expectDamage(folder, { file: "claims.level" });
    }
    const folder = await copyOfFive();
    const store = await LevelStore.open({ folder: join(folder, "claims.level"), tables: "verified" });
    const claim = (await store.get(claimKey(NAMESPACE, 5))) as Uint8Array;
    await store.close();
    await changeLevel(folder, [{ type: "put", key: claimKey(NAMESPACE, 6), value: claim }]);
    await expectDamage(folder, { file: "claims.level" });
  });

  it("that gives a changed claim back while the book is open makes an error, not a claim", async () => {
    let rotten = false;
    const open: ClaimStores["open"] = async (options) => {
      const store = await levelStores.open(options);
      const get = store.get.bind(store);
      store.get = async (key) => {
        const value = await get(key);
        if (rotten && value !== undefined) value[60] = (value[60] as number) ^ 1;
        return value;
      };
      return store;
    };
    const book = await openBook(await copyOfFive(), { stores: { ...levelStores, open } });
    rotten = true;
    await expect(book.get(NAMESPACE, 4)).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    await expect(book.claim(claimFor(4))).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    await book.close();
  });
});

describe("an error about damaged claims", () => {
  it("says that nothing is signed, what not to do, and what to do", async () => {
    const folder = await copyOfFive();
    await rename(join(folder, "claims.log"), join(folder, "claims.log.gone"));
    await expect(openBook(folder)).rejects.toThrow(
      /claims\.log: it is missing\. Nothing is signed\. Delete nothing and restore no backup.*watermark.*whatsapp\.key-transparency\.v1 5/s,
    );
  });

  it("comes again for a folder in which only what a repair kept aside is left", async () => {
    const folder = await copyOfFive();
    await rename(join(folder, "claims.log"), join(folder, "claims.log.aside-1"));
    await rm(join(folder, "claims.level"), { recursive: true });
    await expectDamage(folder, { file: "claims.level" });
  });
});
