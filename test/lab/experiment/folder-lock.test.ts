import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FolderLock } from "../../../src/lab/experiment/folder-lock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("is held by one at a time, and leaves nothing behind", async () => {
  const lock = await FolderLock.take(folder);
  await expect(FolderLock.take(folder)).rejects.toMatchObject({
    code: "RUN_FOLDER_BUSY",
    message: expect.stringContaining("another coaudit process is writing to"),
  });
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
  await (await FolderLock.take(folder)).release();
});

it("is held against another process, and free again once that was killed", async () => {
  const level = createRequire(import.meta.url).resolve("classic-level");
  const program = `const { ClassicLevel } = require(${JSON.stringify(level)});
    new ClassicLevel(${JSON.stringify(join(folder, ".lock"))}).open().then(() => console.log("held"));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    await new Promise((resolve) => child.stdout.once("data", resolve));
    await expect(FolderLock.take(folder)).rejects.toMatchObject({ code: "RUN_FOLDER_BUSY" });
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
  expect(existsSync(join(folder, ".lock"))).toBe(true);
  await (await FolderLock.take(folder)).release();
  expect(readdirSync(folder)).toEqual([]);
});

it("says so where the folder takes no files", async () => {
  writeFileSync(join(folder, ".lock"), "a file");
  await expect(FolderLock.take(folder)).rejects.toMatchObject({
    code: "CONFIG_UNREADABLE",
    message: expect.stringContaining("cannot be written to"),
  });
});

it("is released once: afterwards it may be another's", async () => {
  const first = await FolderLock.take(folder);
  await first.release();
  const second = await FolderLock.take(folder);
  await first.release();
  // Within one process the lock would hold without its files.
  expect(existsSync(join(folder, ".lock", "CURRENT"))).toBe(true);
  await second.release();
});

it("leaves a .lock of another program as it was", async () => {
  mkdirSync(join(folder, ".lock"));
  writeFileSync(join(folder, ".lock", "theirs"), "1");
  await expect(FolderLock.take(folder)).rejects.toMatchObject({ code: "RUN_FOLDER_OCCUPIED" });
  expect(readdirSync(join(folder, ".lock"))).toEqual(["theirs"]);
});

it("is taken where a process was killed while LevelDB made it", async () => {
  mkdirSync(join(folder, ".lock"));
  for (const name of ["LOCK", "LOG", "MANIFEST-000001"]) writeFileSync(join(folder, ".lock", name), "");
  await (await FolderLock.take(folder)).release();
  expect(readdirSync(folder)).toEqual([]);
});
