import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureText } from "../../../src/cli/sim/sim-sweep-action.ts";
import { standInPlan } from "../../jobs/support/stand-in-plan.ts";
import { coaudit } from "../captured.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-sim-sweep-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("coaudit sim sweep", () => {
  it("says of a world that failed how to run it alone, as it can be typed", () => {
    const failed = { world: { point: 1, repeat: 0, seed: 9 }, reason: "it broke" };
    expect(failureText("it's mine.yaml", { set: ["a={count: 1}"] }, standInPlan(1), failed)).toBe(
      "failed: point 1 (auditors=5), repeat 0, seed 9: it broke\n" +
        "  run it again: coaudit sim run 'it'\\''s mine.yaml' --set 'a={count: 1}' --set auditors=5 --seed 9 --out again",
    );
  });

  it.each([["file"], ["file/below"]])("refuses a file in place of its folder: %s", async (name) => {
    writeFileSync(join(folder, "file"), "");
    const { exitCode, err } = await coaudit("sim", "sweep", "fifty-fifty-split", "--out", join(folder, name));
    expect(exitCode).toBe(2);
    expect(err).toContain(`${join(folder, name)} cannot be made`);
  });
});
