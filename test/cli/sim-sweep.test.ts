import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { coaudit } from "./captured.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-sim-sweep-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("coaudit sim sweep", () => {
  it.each([["file"], ["file/below"]])("refuses a file in place of its folder: %s", async (name) => {
    writeFileSync(join(folder, "file"), "");
    const { exitCode, err } = await coaudit("sim", "sweep", "fifty-fifty-split", "--out", join(folder, name));
    expect(exitCode).toBe(2);
    expect(err).toContain(`${join(folder, name)} cannot be made a folder`);
  });
});
