import { cp, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CoauditError } from "../../../src/core/errors.ts";
import { ClaimBook } from "../../../src/ledger/claims/claim-book.ts";
import type { Claim } from "../../../src/ledger/claims/claim-record.ts";
import {
  claimFor,
  filesForSteps,
  KEY,
  modules,
  NAMESPACE,
  openBook,
  otherDigest,
  TemporaryFolders,
} from "./claim-support.ts";

const folders = new TemporaryFolders();
const books: ClaimBook[] = [];
const HALT = { reason: "chain-mismatch", detail: "seen", atMs: 77 };
const claims: Claim[] = [];
let original: string;

/** Twenty claims and a halt, ten of the claims in a table of LevelDB's. */
beforeAll(async () => {
  original = await folders.make();
  let book = await openBook(original);
  for (let epoch = 1; epoch <= 20; epoch++) {
    if (epoch === 11) {
      await book.close();
      book = await openBook(original);
    }
    claims.push(await book.claim(claimFor(epoch)));
  }
  await book.setHalt("second", { reason: "invalid-proof", detail: "", atMs: 70 });
  await book.clearHalt("second", { detail: "", atMs: 75 });
  await book.setHalt("second", HALT);
  await book.close();
});
afterEach(async () => {
  for (const book of books.splice(0)) await book.close();
});
afterAll(() => folders.removeAll());

async function damagedCopy(damage: (folder: string) => Promise<void>): Promise<string> {
  const folder = await folders.make();
  await cp(original, folder, { recursive: true });
  await damage(folder);
  await expect(openBook(folder)).rejects.toMatchObject({ code: "CLAIMS_DAMAGED" });
  return folder;
}

async function flip(path: string, offset: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[offset] = (bytes[offset] as number) ^ 1;
  await writeFile(path, bytes);
}

async function tableOf(folder: string): Promise<string> {
  const names = await readdir(join(folder, "claims.level"));
  return join(folder, "claims.level", names.find((name) => name.endsWith(".ldb")) as string);
}

const watermarks = { [NAMESPACE]: 25, second: 0 };

async function expectAllBack(folder: string): Promise<ClaimBook> {
  const book = await openBook(folder);
  books.push(book);
  for (const claim of claims) expect(await book.get(NAMESPACE, claim.epoch)).toEqual(claim);
  expect(book.haltOf("second")).toEqual(HALT);
  return book;
}

describe("repairing a book", () => {
  it("gets everything back from either side when only the other is damaged", async () => {
    for (const damage of [
      (folder: string) => flip(join(folder, "claims.log"), 300),
      (folder: string) => truncate(join(folder, "claims.log"), 0),
      async (folder: string) => flip(await tableOf(folder), 100),
      async (folder: string) => truncate(await tableOf(folder), 10),
      (folder: string) => truncate(join(folder, "claims.level", "CURRENT"), 0),
    ]) {
      const folder = await damagedCopy(damage);
      const report = await ClaimBook.repair({ folder, publicKeys: [KEY], watermarks }, modules());
      expect(report.namespaces).toEqual([
        { namespace: "second", claims: 0, newestEpoch: 0, mark: 0, halt: HALT },
        { namespace: NAMESPACE, claims: 20, newestEpoch: 20, mark: 25, halt: undefined },
      ]);
      await expectAllBack(folder);
    }
  });

  it("gets everything back when both are damaged in different places", async () => {
    const folder = await damagedCopy(async (copy) => {
      await flip(join(copy, "claims.log"), 2_800);
      await flip(await tableOf(copy), 100);
    });
    await ClaimBook.repair({ folder, publicKeys: [KEY], watermarks }, modules());
    await expectAllBack(folder);
  });

  it("claims nothing unclaimed at or below the watermark, then or after a restart", async () => {
    const folder = await damagedCopy((copy) => truncate(join(copy, "claims.log"), 100));
    await ClaimBook.repair({ folder, publicKeys: [KEY], watermarks }, modules());
    let book = await expectAllBack(folder);
    for (let run = 0; run < 2; run++) {
      for (const epoch of [21, 25]) {
        await expect(book.claim(claimFor(epoch))).rejects.toMatchObject({
          code: "CLAIM_BELOW_MARK",
          metadata: { mark: 25 },
        });
      }
      expect(await book.claim(claimFor(20))).toEqual(claimFor(20));
      await expect(book.claim(claimFor(20, { digest: otherDigest }))).rejects.toMatchObject({ code: "CLAIM_CONFLICT" });
      await book.close();
      book = await openBook(folder);
      books.push(book);
    }
    await book.claim(claimFor(26));
  });

  it("keeps every old file aside, whatever was damaged, and a second repair uses names of its own", async () => {
    const folder = await damagedCopy((copy) => truncate(join(copy, "claims.log"), 100));
    const log = await readFile(join(folder, "claims.log"));
    const first = await ClaimBook.repair({ folder, publicKeys: [KEY], watermarks }, modules());
    expect(first.keptAside).toEqual(["claims.level.aside-1", "claims.log.aside-1"]);
    expect(await readFile(join(folder, "claims.log.aside-1"))).toEqual(log);

    await truncate(join(folder, "claims.log"), 0);
    const second = await ClaimBook.repair({ folder, publicKeys: [KEY], watermarks }, modules());
    expect(second.keptAside).toEqual(["claims.level.aside-2", "claims.log.aside-2"]);
    expect((await readdir(folder)).sort()).toEqual(
      ["claims.level", "claims.log", ...first.keptAside, ...second.keptAside].sort(),
    );
    await expectAllBack(folder);
  });

  it("keeps a watermark that an earlier repair set when a later one names a lower epoch", async () => {
    const folder = await damagedCopy((copy) => truncate(join(copy, "claims.log"), 0));
    await ClaimBook.repair({ folder, publicKeys: [KEY], watermarks }, modules());
    await truncate(join(folder, "claims.log"), 0);
    const report = await ClaimBook.repair(
      { folder, publicKeys: [KEY], watermarks: { ...watermarks, [NAMESPACE]: 3 } },
      modules(),
    );
    expect(report.namespaces.find(({ namespace }) => namespace === NAMESPACE)?.mark).toBe(25);
  });
});

describe("a repair is refused", () => {
  it("without a watermark for every namespace that is readable, which it names", async () => {
    const folder = await damagedCopy((copy) => truncate(join(copy, "claims.log"), 0));
    const before = (await readdir(folder)).sort();
    await expect(
      ClaimBook.repair({ folder, publicKeys: [KEY], watermarks: { [NAMESPACE]: 25 } }, modules()),
    ).rejects.toMatchObject({
      code: "CLAIMS_REPAIR_REFUSED",
      metadata: { namespaces: ["second"] },
    });
    expect((await readdir(folder)).sort()).toEqual(before);
    await expect(
      ClaimBook.repair({ folder, publicKeys: [KEY], watermarks: { bad: -1 } }, modules()),
    ).rejects.toMatchObject({
      code: "NUMBER_OUT_OF_RANGE",
    });
  });

  it("when two readable claims for one epoch differ", async () => {
    const other = await folders.make();
    const book = await openBook(other);
    await book.claim(claimFor(7, { digest: otherDigest }));
    await book.close();
    const folder = await damagedCopy(async (copy) => {
      await truncate(join(copy, "claims.log"), 0);
      await cp(join(other, "claims.log"), join(copy, "claims.log.from-a-backup"));
    });
    await expect(ClaimBook.repair({ folder, publicKeys: [KEY], watermarks }, modules())).rejects.toMatchObject({
      code: "CLAIMS_REPAIR_REFUSED",
      message: expect.stringMatching(/two claims for epoch 7/),
    });
  });

  it("while a node runs on the folder, and where there is neither a book nor a watermark", async () => {
    const folder = await folders.make();
    await expect(ClaimBook.repair({ folder, publicKeys: [KEY], watermarks: {} }, modules())).rejects.toMatchObject({
      code: "CLAIMS_REPAIR_REFUSED",
    });
    books.push(await openBook(folder));
    await expect(ClaimBook.repair({ folder, publicKeys: [KEY], watermarks }, modules())).rejects.toMatchObject({
      code: "STORE_LOCKED",
    });
  });
});

describe("a repair that dies", () => {
  it("at any step leaves a book that is damaged or whole, never smaller, and can be run again", async () => {
    const outcomes = new Set<string>();
    for (let steps = 0; ; steps++) {
      const folder = await damagedCopy((copy) => flip(join(copy, "claims.log"), 300));
      const files = filesForSteps(steps);
      const finished = await ClaimBook.repair({ folder, publicKeys: [KEY], watermarks }, modules({ files })).then(
        () => true,
        () => false,
      );
      const opened = await openBook(folder).then(
        (book) => book,
        (error: CoauditError) => {
          expect(error.code).toBe("CLAIMS_DAMAGED");
          return undefined;
        },
      );
      outcomes.add(opened === undefined ? "damaged" : "whole");
      await opened?.close();
      if (opened === undefined) await ClaimBook.repair({ folder, publicKeys: [KEY], watermarks }, modules());
      await (await expectAllBack(folder)).close();
      if (finished) break;
    }
    expect(outcomes).toEqual(new Set(["damaged", "whole"]));
  });
});
