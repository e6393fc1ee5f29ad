/** A real process, really killed: what it said it promised is there afterwards. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toHex } from "../../../src/core/bytes.ts";
import { openBook } from "./claim-support.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const script = fileURLToPath(new URL("./claim-killed.mjs", import.meta.url));
let work: string;

/** Compiles the book by itself, so that the test runs these sources and not an old build. */
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "coaudit-kill-"));
  await symlink(join(root, "node_modules"), join(work, "node_modules"));
  await writeFile(join(work, "package.json"), JSON.stringify({ type: "module" }));
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      rootDir: join(root, "src"),
      outDir: join(work, "out"),
      typeRoots: [join(root, "node_modules/@types")],
    },
    files: [join(root, "src/ledger/claims/claim-book.ts")],
    include: [],
  };
  await writeFile(join(work, "tsconfig.json"), JSON.stringify(config));
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", join(work, "tsconfig.json")], { stdio: "inherit" });
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** The promises of one life that ends by SIGKILL after `count` of them. */
async function live(folder: string, count: number): Promise<Map<number, string>> {
  const promised = new Map<number, string>();
  const child = spawn(process.execPath, [script, join(work, "out"), folder, "1"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on("exit", (_code, signal) => resolve(signal)));
  // The pipe is read to its end: the promises between the count and the kill count too.
  for await (const line of createInterface({ input: child.stdout })) {
    const [epoch, digest] = line.split(" ");
    if (digest?.length === 64) promised.set(Number(epoch), digest);
    if (promised.size === count) child.kill("SIGKILL");
  }
  expect(await ended).toBe("SIGKILL");
  return promised;
}

describe("a process killed while it claims", () => {
  it("has lost no promise after any of ten lives on one folder", async () => {
    const folder = join(work, "claims");
    const all = new Map<number, string>();
    for (let life = 1; life <= 10; life++) {
      for (const [epoch, digest] of await live(folder, 3 * life)) {
        expect(all.has(epoch)).toBe(false);
        all.set(epoch, digest);
      }
      const book = await openBook(folder);
      for (const [epoch, digest] of all) {
        const claim = await book.get("n", epoch);
        expect(claim === undefined ? undefined : toHex(claim.digest)).toBe(digest);
      }
      // At most the one that was under way is there beyond what was said.
      expect(book.mark("n") - Math.max(...all.keys())).toBeLessThanOrEqual(1);
      await book.close();
    }
  });
});
