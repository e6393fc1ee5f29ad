import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFolders } from "../../src/platform/make-folders.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-folders-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("folders", () => {
  it("are made with those above them, and the topmost new one is told", async () => {
    expect(await makeFolders(join(folder, "a/b/c"), 0o700)).toBe(join(folder, "a"));
    expect(statSync(join(folder, "a/b/c")).mode & 0o777).toBe(0o700);
    expect(await makeFolders(join(folder, "a/b/c"))).toBeUndefined();
    expect(await makeFolders(join(folder, "a/b/d"))).toBe(join(folder, "a/b/d"));
  });

  it("may be made by several at once", async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => makeFolders(join(folder, "x/y/z"))));
    expect(existsSync(join(folder, "x/y/z"))).toBe(true);
    expect(made.filter((path) => path !== undefined).length).toBeGreaterThan(0);
  });

  it.runIf(existsSync("/proc/self"))("that can't be made end with an error", async () => {
    await expect(makeFolders("/proc/x/y")).rejects.toMatchObject({ code: "ENOENT" });
    writeFileSync(join(folder, "file"), "");
    await expect(makeFolders(join(folder, "file/below"))).rejects.toMatchObject({ code: "ENOTDIR" });
    await expect(makeFolders(join(folder, "file"))).rejects.toMatchObject({ code: "EEXIST" });
  });
});
