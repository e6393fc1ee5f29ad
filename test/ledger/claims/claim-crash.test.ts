/** Dying and failing disks, at every point of a record's way to the disk. */
import { cp, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { CoauditError } from "../../../src/core/errors.ts";
import type { ClaimBook } from "../../../src/ledger/claims/claim-book.ts";
import {
  claimFor,
  InterceptedDisk,
  NAMESPACE,
  openBook,
  otherDigest,
  type Point,
  TemporaryFolders,
} from "./claim-support.ts";

const folders = new TemporaryFolders();
const books: ClaimBook[] = [];
const disks: InterceptedDisk[] = [];

function newDisk(): InterceptedDisk {
  const disk = new InterceptedDisk();
  disks.push(disk);
  return disk;
}

afterEach(async () => {
  for (const book of books.splice(0)) await book.close();
  for (const disk of disks.splice(0)) await disk.bury();
  await folders.removeAll();
});

/** Never settles: a process that died answers nothing, and no `finally` of it runs. */
const death = (): Promise<never> => new Promise(() => {});

const POINTS: readonly Point[] = ["before-append", "after-append", "after-sync", "after-level"];

/** The folder as it stands when a process dies at `point` while it claims epoch 3, and the size of its log before. */
async function dieAt(point: Point): Promise<{ folder: string; logBytesBefore: number }> {
  const living = await folders.make();
  const disk = newDisk();
  const book = await openBook(living, disk.modules);
  await book.claim(claimFor(1));
  await book.claim(claimFor(2));
  const logBytesBefore = (await readFile(join(living, "claims.log"))).length;
  const died = new Promise<void>((resolve) => {
    disk.at = async (reached) => {
      if (reached !== point) return;
      resolve();
      await death();
    };
  });
  let promised = false;
  void book.claim(claimFor(3)).then(() => {
    promised = true;
  });
  await died;
  expect(promised).toBe(false);
  const folder = await folders.make();
  await cp(living, folder, { recursive: true });
  return { folder, logBytesBefore };
}

/** Epochs 1 and 2 were promised; epoch 3 was not, so the book may hold it or not, but in both cases it holds to it. */
async function expectSound(folder: string, third: "held" | "free"): Promise<void> {
  const book = await openBook(folder);
  books.push(book);
  for (const epoch of [1, 2]) expect(await book.get(NAMESPACE, epoch)).toEqual(claimFor(epoch));
  expect(await book.get(NAMESPACE, 3)).toEqual(third === "held" ? claimFor(3) : undefined);
  const later = { timestampMs: claimFor(3).timestampMs + 5 };
  if (third === "held") {
    await expect(book.claim(claimFor(3, { digest: otherDigest }))).rejects.toMatchObject({ code: "CLAIM_CONFLICT" });
    expect(await book.claim(claimFor(3, later))).toEqual(claimFor(3));
  } else {
    expect(await book.claim(claimFor(3, later))).toEqual(claimFor(3, later));
  }
  await book.claim(claimFor(4));
  await book.close();
  const again = await openBook(folder);
  books.push(again);
  expect(again.newest(NAMESPACE)).toEqual(claimFor(4));
  expect(await again.get(NAMESPACE, 3)).toEqual(third === "held" ? claimFor(3) : claimFor(3, later));
}

describe("a process that dies while it claims", () => {
  it.each<[Point, "held" | "free"]>([
    ["before-append", "free"],
    ["after-append", "held"],
    ["after-sync", "held"],
    ["after-level", "held"],
  ])("%s finds the epoch %s when it comes back", async (point, third) => {
    const { folder } = await dieAt(point);
    await expectSound(folder, third);
  });

  it("together with the machine, before the log was synced, finds any part of the record: only a whole one counts", async () => {
    const { folder, logBytesBefore } = await dieAt("after-append");
    const whole = (await readFile(join(folder, "claims.log"))).length;
    for (const kept of [0, 1, 3, 4, 5, 40, whole - logBytesBefore - 16, whole - logBytesBefore - 1]) {
      const cut = await folders.make();
      await cp(folder, cut, { recursive: true });
      await truncate(join(cut, "claims.log"), logBytesBefore + kept);
      await expectSound(cut, "free");
    }
  });

  it("dies the same way while it halts: the halt is there or was never confirmed", async () => {
    for (const point of POINTS) {
      const living = await folders.make();
      const disk = newDisk();
      const book = await openBook(living, disk.modules);
      await book.claim(claimFor(1));
      const died = new Promise<void>((resolve) => {
        disk.at = async (reached) => {
          if (reached !== point) return;
          resolve();
          await death();
        };
      });
      const halt = { reason: "invalid-proof", detail: "d", atMs: 1 };
      void book.setHalt(NAMESPACE, halt);
      await died;
      const folder = await folders.make();
      await cp(living, folder, { recursive: true });
      const again = await openBook(folder);
      books.push(again);
      expect(again.haltOf(NAMESPACE)).toEqual(point === "before-append" ? undefined : halt);
    }
  });

  it("while it makes its book begins that anew, from any half of one", async () => {
    for (const point of POINTS) {
      for (const nth of [1, 2]) {
        const living = await folders.make();
        const disk = newDisk();
        let seen = 0;
        const died = new Promise<string>((resolve) => {
          disk.at = async (reached) => {
            if (reached !== point) return;
            seen += 1;
            if (seen !== nth) return;
            resolve("died");
            await death();
          };
        });
        const opened = openBook(living, disk.modules).then((book) => {
          books.push(book);
          return "opened";
        });
        if ((await Promise.race([died, opened])) === "opened") continue;
        const folder = await folders.make();
        await cp(living, folder, { recursive: true });
        const book = await openBook(folder);
        books.push(book);
        await book.claim(claimFor(1));
        await book.close();
        const again = await openBook(folder);
        books.push(again);
        expect(again.newest(NAMESPACE)).toEqual(claimFor(1));
      }
    }
  });
});

describe("a disk that fails a write", () => {
  const full = (): CoauditError =>
    new CoauditError("STORE_FULL", "the disk is full", { path: "p", operation: "append" });

  it.each(POINTS)("%s ends all promises until the book is opened again", async (point) => {
    const folder = await folders.make();
    const disk = newDisk();
    const book = await openBook(folder, disk.modules);
    books.push(book);
    await book.claim(claimFor(1));
    disk.at = async (reached) => {
      if (reached === point) throw full();
    };
    await expect(book.claim(claimFor(2))).rejects.toMatchObject({ code: "STORE_FULL" });
    disk.at = async () => {};

    // The disk works again, but what the failed write left there is unknown.
    const refused = {
      code: "CLAIMS_UNAVAILABLE",
      metadata: { folder },
      message: expect.stringContaining("disk is full"),
    };
    await expect(book.claim(claimFor(2))).rejects.toMatchObject(refused);
    await expect(book.claim(claimFor(3, { digest: otherDigest }))).rejects.toMatchObject(refused);
    await expect(book.setHalt(NAMESPACE, { reason: "r", detail: "", atMs: 1 })).rejects.toMatchObject(refused);
    expect(book.newest(NAMESPACE)).toEqual(claimFor(1));
    expect(await book.get(NAMESPACE, 1)).toEqual(claimFor(1));
    await book.close();

    const again = await openBook(folder);
    books.push(again);
    expect(await again.get(NAMESPACE, 1)).toEqual(claimFor(1));
    expect(await again.claim(claimFor(2))).toEqual(claimFor(2));
    expect(again.newest(NAMESPACE)).toEqual(claimFor(2));
  });

  it("also refuses the claims that were waiting behind the failed one", async () => {
    const disk = newDisk();
    const book = await openBook(await folders.make(), disk.modules);
    books.push(book);
    disk.at = async (reached) => {
      if (reached === "after-append") throw full();
    };
    const results = await Promise.allSettled([
      book.claim(claimFor(1)),
      book.claim(claimFor(2)),
      book.claim(claimFor(3)),
    ]);
    expect(results.map((result) => result.status === "rejected" && result.reason.code)).toEqual([
      "STORE_FULL",
      "CLAIMS_UNAVAILABLE",
      "CLAIMS_UNAVAILABLE",
    ]);
  });

  it("cuts off what a full disk left of a record", async () => {
    const folder = await folders.make();
    const book = await openBook(folder);
    await book.claim(claimFor(1));
    await book.close();
    const before = await folders.make();
    await cp(folder, before, { recursive: true });
    const { length } = await readFile(join(folder, "claims.log"));

    const second = await openBook(folder);
    await second.claim(claimFor(2));
    await second.close();
    const grown = await readFile(join(folder, "claims.log"));
    await writeFile(join(before, "claims.log"), grown.subarray(0, length + 20));
    const again = await openBook(before);
    books.push(again);
    expect(again.newest(NAMESPACE)).toEqual(claimFor(1));
    expect(await readFile(join(before, "claims.log"))).toEqual(grown.subarray(0, length));
  });
});
