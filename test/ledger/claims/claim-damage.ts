/** A book to damage byte by byte, and the judgement on each damaged copy: no claim is ever lowered silently. */
import { cp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isCoauditError } from "../../../src/core/errors.ts";
import type { Claim } from "../../../src/ledger/claims/claim-record.ts";
import { claimFor, NAMESPACE, openBook, TemporaryFolders } from "./claim-support.ts";

const folders = new TemporaryFolders();
const claims: Claim[] = [];
const HALT = { reason: "invalid-proof", detail: "kept", atMs: 9 };
let original: string;
let files: string[];

/** Forty claims of two namespaces and a halt; the first thirty in a table of LevelDB's, the rest in its log. */
beforeAll(async () => {
  original = await folders.make();
  let book = await openBook(original);
  for (let index = 0; index < 40; index++) {
    if (index === 30) {
      await book.setHalt("second", HALT);
      await book.close();
      book = await openBook(original);
    }
    const second = index % 2 === 1 && index < 30;
    claims.push(await book.claim(claimFor(index + 1, second ? { namespace: "second", origin: "second" } : {})));
  }
  await book.close();
  files = ["claims.log", ...(await readdir(join(original, "claims.level"))).map((name) => join("claims.level", name))];
});
afterAll(() => folders.removeAll());

/**
 * "refused" with a typed error, or "whole": the book opens and holds every claim and the halt. Anything else fails the
 * test.
 */
async function judge(folder: string, what: string): Promise<"refused" | "whole"> {
  let book: Awaited<ReturnType<typeof openBook>>;
  try {
    book = await openBook(folder);
  } catch (error) {
    const typed = isCoauditError(error, "CLAIMS_DAMAGED", "STORE_DAMAGED", "STORE_SCHEMA_NEWER", "STORE_IO");
    if (!typed) throw new Error(`${what}: an error that says nothing`, { cause: error });
    return "refused";
  }
  try {
    for (const claim of claims) {
      expect(await book.get(claim.namespace, claim.epoch), what).toEqual(claim);
    }
    expect(book.newest(NAMESPACE), what).toEqual(claims.at(-1));
    expect(book.haltOf("second"), what).toEqual(HALT);
    return "whole";
  } finally {
    await book.close();
  }
}

/** Opens a copy after each damage, four at a time; every fourth once more, since LevelDB tidies up while it opens. */
async function judgeEach(
  file: string,
  offsets: readonly number[],
  damage: (path: string, offset: number) => Promise<void>,
): Promise<{ refused: number; whole: number }> {
  const counts = { refused: 0, whole: 0 };
  const waiting = [...offsets];
  const worker = async (): Promise<void> => {
    for (let offset = waiting.shift(); offset !== undefined; offset = waiting.shift()) {
      const folder = await folders.make();
      await cp(original, folder, { recursive: true });
      await damage(join(folder, file), offset);
      const what = `${file} at ${offset}`;
      counts[await judge(folder, what)] += 1;
      if (offset % 128 === 0) await judge(folder, `${what}, opened again`);
      await rm(folder, { recursive: true, force: true });
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return counts;
}

const every32nd = (sizeBytes: number): number[] => Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, i) => i * 32);

/** Tests that no claim is lowered silently by `damage` at every 32nd byte of every file of a book. */
export function describeDamage(name: string, damage: (path: string, offset: number) => Promise<void>): void {
  describe(`a book after ${name}`, () => {
    it("opens whole as long as nothing is damaged, from a table and a log of LevelDB's", async () => {
      expect(await judgeEach("claims.log", [0], async () => {})).toEqual({ refused: 0, whole: 1 });
      expect(files.filter((file) => file.endsWith(".ldb"))).not.toEqual([]);
      expect(files.filter((file) => /claims\.level.*\.log$/.test(file))).not.toEqual([]);
    });

    it("at any 32nd byte of any file is refused or opens whole", async () => {
      for (const file of files) {
        const { size } = await stat(join(original, file));
        const counts = await judgeEach(file, every32nd(size), damage);
        if (file === "claims.log") expect(counts.whole).toBe(0);
        // The padding in the footer of a table means nothing.
        if (file.endsWith(".ldb")) expect(counts.whole).toBeLessThanOrEqual(1);
      }
    });
  });
}
