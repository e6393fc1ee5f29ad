/**
 * How a book begins: with its key, or from what is left; and which books are not opened although nothing is damaged.
 */
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { utf8 } from "../../../src/core/bytes.ts";
import { CoauditError } from "../../../src/core/errors.ts";
import { sha256 } from "../../../src/core/hash.ts";
import { ClaimBook } from "../../../src/ledger/claims/claim-book.ts";
import { type ClaimFiles, diskFiles } from "../../../src/ledger/claims/claim-files.ts";
import { claimsBookKey } from "../../../src/ledger/store/keyspace.ts";
import { LevelStore } from "../../../src/ledger/store/level-store.ts";
import { claimFor, filesForSteps, KEY, modules, NAMESPACE, openBook, TemporaryFolders } from "./claim-support.ts";

const folders = new TemporaryFolders();
const books: ClaimBook[] = [];
const OTHER_KEY = sha256(utf8("another auditor's key"));
afterEach(async () => {
  for (const book of books.splice(0)) await book.close();
});
afterAll(() => folders.removeAll());

const open = async (folder: string, publicKey = KEY): Promise<ClaimBook> => {
  const book = await ClaimBook.open({ folder, publicKeys: [publicKey] }, modules());
  books.push(book);
  return book;
};
const create = (folder: string, files: ClaimFiles = diskFiles): Promise<ClaimBook> =>
  ClaimBook.create({ folder, publicKeys: [KEY] }, modules({ files }));
const repair = (folder: string, watermarks: Record<string, number>, publicKey = KEY) =>
  ClaimBook.repair({ folder, publicKeys: [publicKey], watermarks }, modules());

describe("a key without a book", () => {
  it("has lost it, and gets no empty one by being run", async () => {
    const folder = await folders.make();
    await expect(open(folder)).rejects.toMatchObject({ code: "CLAIMS_LOST" });
    await expect(readdir(folder)).rejects.toMatchObject({ code: "ENOENT" });
    await (await create(folder)).close();
    expect((await open(folder)).made).toBe("init");
    await rm(folder, { recursive: true });
    await expect(open(folder)).rejects.toMatchObject({ code: "CLAIMS_LOST" });
  });

  it("gets one of marks alone by a repair, which signs nothing up to them and nothing of any other namespace", async () => {
    const folder = await folders.make();
    await repair(folder, { [NAMESPACE]: 20, dropped: 7 });
    const book = await open(folder);
    expect(book.made).toBe("repair");
    expect(book.mark("dropped")).toBe(7);
    await expect(book.claim(claimFor(20))).rejects.toMatchObject({ code: "CLAIM_BELOW_MARK" });
    await book.claim(claimFor(21));
    const unnamed = claimFor(900, { namespace: "unnamed", origin: "unnamed" });
    expect(book.isUnmarked("unnamed")).toBe(true);
    await expect(book.claim(unnamed)).rejects.toMatchObject({ code: "CLAIM_UNMARKED" });
    await book.setMark("unnamed", { epoch: 899, by: "person", detail: "asked b", atMs: 5 });
    await book.claim(unnamed);
  });
});

describe("a mark", () => {
  it("of a person or of the guard is on disk when it is set, and only a person's counts as one", async () => {
    const folder = await folders.make();
    let book = await openBook(folder);
    await book.setMark(NAMESPACE, { epoch: 9, by: "guard", detail: "listed 9", atMs: 5 });
    await book.setMark(NAMESPACE, { epoch: 4, by: "guard", detail: "listed 4", atMs: 6 });
    await book.close();
    book = await openBook(folder);
    expect([book.mark(NAMESPACE), book.isMarkedByPerson(NAMESPACE)]).toEqual([9, false]);
    await expect(book.claim(claimFor(9))).rejects.toMatchObject({ code: "CLAIM_BELOW_MARK" });
    await book.setMark(NAMESPACE, { epoch: 0, by: "person", detail: "asked b", atMs: 7 });
    await book.close();
    book = await openBook(folder);
    books.push(book);
    expect([book.mark(NAMESPACE), book.isMarkedByPerson(NAMESPACE)]).toEqual([9, true]);
  });

  it("outlives a repair, which knows no person any more", async () => {
    const folder = await folders.make();
    const book = await openBook(folder);
    await book.claim(claimFor(3));
    await book.setMark(NAMESPACE, { epoch: 9, by: "person", detail: "asked b", atMs: 5 });
    await book.close();
    await writeFile(join(folder, "claims.level", "CURRENT"), "");
    await repair(folder, { [NAMESPACE]: 3 });
    const repaired = await open(folder);
    expect([repaired.mark(NAMESPACE), repaired.isMarkedByPerson(NAMESPACE)]).toEqual([9, false]);
  });
});

describe("a creation that dies", () => {
  it("at any step is finished by the next one, or by the node, and is never taken for a book that lost something", async () => {
    for (let steps = 0; ; steps++) {
      const folder = await folders.make();
      const finished = await create(folder, filesForSteps(steps)).then(
        async (book) => {
          await book.close();
          return true;
        },
        () => false,
      );
      const copy = await folders.make();
      await cp(folder, copy, { recursive: true }).catch(() => undefined);
      const again = await create(folder).catch((error: CoauditError) => {
        expect(error.code).toBe("CLAIMS_EXIST");
        return open(folder);
      });
      await again.claim(claimFor(1));
      await again.close();
      const run = await open(copy).catch((error: CoauditError) => error);
      if (run instanceof CoauditError) expect(run.code).toBe("CLAIMS_LOST");
      if (finished) break;
    }
  });
});

describe("a book of another", () => {
  it("key is not opened, nor repaired: its promises say nothing about this auditor", async () => {
    const folder = await folders.make();
    await (await openBook(folder)).close();
    await expect(open(folder, OTHER_KEY)).rejects.toMatchObject({ code: "CLAIMS_OTHER_KEY" });
    await expect(repair(folder, { [NAMESPACE]: 1 }, OTHER_KEY)).rejects.toMatchObject({ code: "CLAIMS_OTHER_KEY" });
    const both = await ClaimBook.open({ folder, publicKeys: [OTHER_KEY, KEY] }, modules());
    books.push(both);
  });

  it("version says so and is left alone, and is no damage", async () => {
    const folder = await folders.make();
    await (await openBook(folder)).close();
    await changeVersion(folder, "claims.log");
    await changeVersion(folder, "claims.level");
    const before = await readFile(join(folder, "claims.log"));
    const refused = { code: "CLAIMS_OTHER_VERSION", message: expect.stringMatching(/made by another version/) };
    await expect(open(folder)).rejects.toMatchObject(refused);
    await expect(repair(folder, { [NAMESPACE]: 1 })).rejects.toMatchObject(refused);
    expect(await readFile(join(folder, "claims.log"))).toEqual(before);
    await writeFile(join(folder, "claims.level", "CURRENT"), "");
    await expect(open(folder)).rejects.toMatchObject({ code: "CLAIMS_OTHER_VERSION" });
  });

  it("version in one of the two places alone is damage", async () => {
    for (const name of ["claims.log", "claims.level"] as const) {
      const folder = await folders.make();
      await (await openBook(folder)).close();
      await changeVersion(folder, name);
      await expect(open(folder)).rejects.toMatchObject({ code: "CLAIMS_DAMAGED" });
    }
  });
});

async function changeVersion(folder: string, name: "claims.log" | "claims.level"): Promise<void> {
  const change = (bytes: Uint8Array): Uint8Array => {
    const changed = bytes.slice();
    changed[utf8("coaudit/claims-log/v").length] = "7".charCodeAt(0);
    return changed;
  };
  if (name === "claims.log") {
    await writeFile(join(folder, name), change(await readFile(join(folder, name))));
    return;
  }
  const path = join(folder, name);
  const ours = await LevelStore.open({ folder: path, tables: "verified" });
  const header = (await ours.get(claimsBookKey)) as Uint8Array;
  await ours.close();
  // Anew: a value that was overwritten is still in LevelDB's files.
  await rm(path, { recursive: true });
  const theirs = await LevelStore.open({ folder: path, tables: "verified" });
  await theirs.batch([{ type: "put", key: claimsBookKey, value: change(header) }], { sync: true });
  await theirs.close();
}
