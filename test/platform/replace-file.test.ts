import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isLeftBeside, replaceFile } from "../../src/platform/replace-file.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-replace-"));
  file = join(folder, "file");
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const textOf = (path: string): string => readFileSync(path, "utf8");

describe("a file that is replaced", () => {
  it("is made, and made anew, with nothing left beside it", async () => {
    await replaceFile(file, "one");
    await replaceFile(file, new Uint8Array([116, 119, 111]));
    expect(textOf(file)).toBe("two");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it("is another file: whoever reads the old one reads it to its end", async () => {
    writeFileSync(file, "old");
    linkSync(file, join(folder, "old"));
    await replaceFile(file, "new");
    expect([textOf(file), textOf(join(folder, "old"))]).toEqual(["new", "old"]);
  });

  it("takes text in pieces, megabytes of them", async () => {
    const lines = Array.from({ length: 40_000 }, (_, index) => `${index} ${"x".repeat(60)}\n`);
    await replaceFile(file, lines);
    expect(textOf(file)).toBe(lines.join(""));
    await replaceFile(file, []);
    expect(textOf(file)).toBe("");
  });

  it("keeps its mode, or has the one that is asked for whatever the umask takes", async () => {
    const umask = process.umask(0o077);
    try {
      writeFileSync(file, "old");
      chmodSync(file, 0o664);
      await replaceFile(file, "kept");
      expect(modeOf(file)).toBe(0o664);
      await replaceFile(file, "given", { mode: 0o640 });
      expect(modeOf(file)).toBe(0o640);
      await replaceFile(join(folder, "new"), "new");
      expect(modeOf(join(folder, "new"))).toBe(0o600);
    } finally {
      process.umask(umask);
    }
  });

  it("is on disk before it has the name, and its name is on disk before the caller goes on", async () => {
    writeFileSync(file, "old");
    const handle = await open(file);
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const synced: [string, string][] = [];
    const sync = prototype.sync;
    const spy = vi.spyOn(prototype, "sync").mockImplementation(async function (this: FileHandle) {
      synced.push([readlinkSync(`/proc/self/fd/${this.fd}`), textOf(file)]);
      return sync.call(this);
    });
    try {
      await replaceFile(file, "new");
    } finally {
      spy.mockRestore();
    }
    expect(synced).toEqual([
      [expect.stringMatching(/\/file\.\d+-\d+-\d+\.new$/), "old"],
      [folder, "new"],
    ]);
  });

  it("is whole whoever writes it at the same time", async () => {
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
    await Promise.all(texts.map((text) => replaceFile(file, text)));
    expect(texts).toContain(textOf(file));
    expect(readdirSync(folder)).toEqual(["file"]);
  });
});

describe("a file that cannot be replaced", () => {
  const refused = (path: string) => ({
    code: "FILE_NOT_WRITTEN",
    message: expect.stringContaining(`${path} cannot be written: `),
    metadata: { file: path, reason: expect.any(String) },
  });

  it("is what it was when the content ends in an error, with nothing left beside it", async () => {
    writeFileSync(file, "old");
    function* broken(): Generator<string> {
      yield "x".repeat(3 << 20);
      throw new Error("no more");
    }
    await expect(replaceFile(file, broken())).rejects.toMatchObject(refused(file));
    expect([textOf(file), readdirSync(folder)]).toEqual(["old", ["file"]]);
  });

  it("is what it was when a folder is there, or none is above it", async () => {
    mkdirSync(file);
    for (const links of ["follow", "replace"] as const)
      await expect(replaceFile(file, "new", { links })).rejects.toMatchObject(refused(file));
    const nowhere = join(folder, "none", "file");
    await expect(replaceFile(nowhere, "new")).rejects.toMatchObject(refused(nowhere));
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it.skipIf(!existsSync("/dev/full"))("is a device that takes nothing, and stays one", async () => {
    symlinkSync("/dev/full", file);
    await expect(replaceFile(file, "new")).rejects.toMatchObject(refused(file));
    expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
  });
});

describe("a link in the place of the file", () => {
  it("stays, and what it leads to is replaced, over other links and where nothing is there yet", async () => {
    mkdirSync(join(folder, "elsewhere"));
    symlinkSync("next", file);
    symlinkSync(join("elsewhere", "target"), join(folder, "next"));
    for (const text of ["first", "second"]) {
      await replaceFile(file, text);
      expect(textOf(join(folder, "elsewhere", "target"))).toBe(text);
    }
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readdirSync(join(folder, "elsewhere"))).toEqual(["target"]);
  });

  it("is an error when it leads nowhere but to itself", async () => {
    symlinkSync("file", file);
    await expect(replaceFile(file, "new")).rejects.toMatchObject({ code: "FILE_NOT_WRITTEN" });
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it("is replaced itself where that is asked for, and nobody else's file is touched", async () => {
    const target = join(folder, "target");
    writeFileSync(target, "not ours");
    symlinkSync(target, file);
    await replaceFile(file, "secret", { mode: 0o600, links: "replace" });
    expect([textOf(file), textOf(target)]).toEqual(["secret", "not ours"]);
    expect([lstatSync(file).isSymbolicLink(), modeOf(file)]).toEqual([false, 0o600]);
  });
});

it("what a crash leaves beside a file is told from what people put there", () => {
  expect(isLeftBeside("summary.json", "summary.json.4711-0-3.new")).toBe(true);
  for (const name of ["summary.json", "summary.json.new", "other.json.1-0-1.new", "summary.json.1-0-1.new.txt"])
    expect(isLeftBeside("summary.json", name)).toBe(false);
});
