import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MAX_TEXT_FILE_BYTES, readTextFile } from "../../src/platform/text-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-text-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(content: Uint8Array | string): string {
  const path = join(folder, "file");
  writeFileSync(path, content);
  return path;
}

describe("a file that a person names", () => {
  it("is read whole, without the byte order mark of another system", async () => {
    expect(await readTextFile(file("name: zürich\n"))).toBe("name: zürich\n");
    expect(await readTextFile(file("\uFEFFname: a\n"))).toBe("name: a\n");
    expect(await readTextFile(file(""))).toBe("");
    const most = "x".repeat(MAX_TEXT_FILE_BYTES);
    expect((await readTextFile(file(most))).length).toBe(most.length);
  });

  it.each<[string, () => string, string]>([
    ["Latin-1", () => file(Buffer.from("name: zürich", "latin1")), "not UTF-8"],
    ["too large", () => file("x".repeat(MAX_TEXT_FILE_BYTES + 1)), "larger than"],
    ["a device without an end", () => "/dev/zero", "larger than"],
    ["a folder", () => folder, "it is a folder"],
    ["not there", () => join(folder, "none"), "there is no such file"],
  ])("is refused with words when it is %s", async (_what, path, words) => {
    const reading = readTextFile(path());
    await expect(reading).rejects.toMatchObject({ code: "CONFIG_UNREADABLE" });
    await expect(reading).rejects.toThrow(words);
  });
});
