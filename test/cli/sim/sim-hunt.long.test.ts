import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { coaudit, requireBuild } from "../../support/processes.ts";

requireBuild();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-hunt-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const SMALL = ["--epochs", "5", "--crashes", "2"];

describe("coaudit sim hunt", () => {
  it("runs every seed and says that every rule held", async () => {
    const { exitCode, stdout } = await coaudit("sim", "hunt", "--seeds", "4", ...SMALL, "--json");
    const { worlds, events, catches } = JSON.parse(stdout) as { worlds: number; events: number; catches: unknown[] };
    expect([exitCode, worlds, catches]).toEqual([0, 4, []]);
    expect(events).toBeGreaterThan(1000);
  });

  it("hunts in a scenario with every seed", async () => {
    const { exitCode, text } = await coaudit("sim", "hunt", "stolen-key", "--set", "epochs=8", "--seeds", "2");
    expect(text).toMatch(/2 worlds, [\d,]+ events: every rule held/);
    expect(exitCode).toBe(0);
  });

  it("writes nothing where it caught nothing", async () => {
    const out = join(folder, "caught");
    await coaudit("sim", "hunt", "--seeds", "1", ...SMALL, "--out", out);
    expect(readdirSync(out)).toEqual([]);
  });

  it.each([
    ["values for random worlds", ["--set", "epochs=4"], /--set replaces values of a scenario/],
    ["a size of random worlds for a scenario", ["stolen-key", "--crashes", "3"], /--crashes is for random worlds/],
    ["a folder that is a file", ["--out", "package.json"], /package\.json cannot be made: .*name another one/],
    ["a number of seeds that is none", ["--seeds", "many"], /--seeds/],
    ["a scenario that does not exist", ["fifty-fifty"], /no scenario of this name ships/],
  ])("refuses %s", async (_what, words, message) => {
    const { exitCode, text } = await coaudit("sim", "hunt", ...words);
    expect(exitCode).toBe(2);
    expect(text).toMatch(message);
  });
});
