import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Journal } from "../../../src/lab/experiment/journal.ts";
import { type SweepPlan, worldSeed, worldsOf } from "../../../src/lab/experiment/sweep-plan.ts";
import { ScriptProcess } from "../../jobs/support/script-process.ts";
import { standInPlan } from "../../jobs/support/stand-in-plan.ts";
import { requireBuild } from "../../support/processes.ts";

requireBuild();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-sweep-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function start(plan: SweepPlan, out: string, jobs: number): ScriptProcess {
  return new ScriptProcess("sweep-process.mjs", [JSON.stringify({ plan, out: join(folder, out), jobs })]);
}

const csv = (out: string): string => readFileSync(join(folder, out, "worlds.csv"), "utf8");
const journalOf = (out: string): string => join(folder, out, "journal.jsonl");

async function refusal(plan: SweepPlan, version = "1.0.0"): Promise<unknown> {
  return await Journal.open({ folder: join(folder, "a"), plan, version, run: "x" }).then(
    (journal) => journal.close(),
    (error: unknown) => error,
  );
}

describe("a sweep", () => {
  it("writes the same worlds.csv with one thread and with four, sorted by point and repeat", async () => {
    const plan = standInPlan(8, { slowMs: 2 });
    expect(await start(plan, "one", 1).exited).toBe(0);
    expect(await start(plan, "four", 4).exited).toBe(0);
    expect(csv("four")).toBe(csv("one"));
    const rows = csv("one").trim().split("\n").slice(1);
    expect(rows.map((row) => row.split(",").slice(0, 3).map(Number))).toEqual(
      [...worldsOf(plan)].map(({ point, repeat, seed }) => [point, repeat, seed]),
    );
  });

  it("goes on after kill -9 without running a finished world again, to the same worlds.csv", async () => {
    const plan = standInPlan(20, { slowMs: 20 });
    const killed = start(plan, "a", 2);
    await killed.said("done", 10);
    await killed.kill();
    const finished = readFileSync(journalOf("a"), "utf8").split("\n").length - 2;
    const resumed = start(plan, "a", 2);
    expect(await resumed.exited).toBe(0);
    expect(resumed.lines[0]).toBe(`had ${finished}`);
    expect(resumed.lines.filter((line) => line.startsWith("done"))).toHaveLength(60 - finished);
    await start(plan, "whole", 3).exited;
    expect(csv("a")).toBe(csv("whole"));
  });

  it("cuts off a last line that was not wholly written, and runs that world again", async () => {
    const plan = standInPlan(2);
    await start(plan, "a", 1).exited;
    const whole = csv("a");
    const text = readFileSync(journalOf("a"), "utf8");
    writeFileSync(journalOf("a"), text.slice(0, -40));
    const resumed = start(plan, "a", 1);
    expect(await resumed.exited).toBe(0);
    expect(resumed.lines).toEqual(["had 5", "done 6"]);
    expect(csv("a")).toBe(whole);
  });

  it("begins anew where not even the first line of its journal was written", async () => {
    const plan = standInPlan(1);
    await start(plan, "a", 1).exited;
    writeFileSync(journalOf("a"), '{"coaudit":"1.0');
    const resumed = start(plan, "a", 1);
    expect(await resumed.exited).toBe(0);
    expect(resumed.lines[0]).toBe("had 0");
  });

  it("does not go over damage in the midst of its journal", async () => {
    await start(standInPlan(1), "a", 1).exited;
    appendFileSync(journalOf("a"), "damage\n{}\n");
    expect(await refusal(standInPlan(1))).toMatchObject({
      code: "SWEEP_JOURNAL_DAMAGED",
      metadata: { line: 5 },
    });
  });

  it("refuses to mix with other options, another scenario or another version, and says what differs", async () => {
    const plan = standInPlan(2);
    await start(plan, "a", 1).exited;
    expect(await refusal({ ...plan, repeats: 1 })).toMatchObject({ metadata: { differs: ["repeats"] } });
    expect(await refusal({ ...plan, seed: 8 })).toMatchObject({ metadata: { differs: ["seed"] } });
    expect(await refusal({ ...plan, vary: [] })).toMatchObject({ metadata: { differs: ["vary"] } });
    expect(await refusal({ ...plan, pointsHash: "0" })).toMatchObject({ metadata: { differs: ["pointsHash"] } });
    expect(await refusal(plan, "2.0.0")).toMatchObject({
      code: "SWEEP_DIFFERS",
      metadata: { differs: ["coaudit"] },
      message: expect.stringContaining("the version of coaudit (there 1.0.0, here 2.0.0)"),
    });
    const other = standInPlan(2, { slowMs: 1 });
    expect(await refusal({ ...other, repeats: 1 })).toMatchObject({
      metadata: { differs: ["scenarioHash", "pointsHash", "repeats"] },
    });
    expect(await refusal(plan)).toBeUndefined();
  });

  it("refuses a folder that holds something else", async () => {
    mkdirSync(join(folder, "a"));
    writeFileSync(join(folder, "a/trace.jsonl"), "");
    expect(await refusal(standInPlan(1))).toMatchObject({ code: "RUN_FOLDER_OCCUPIED" });
  });

  it("reports the world that a thread died of by point, repeat and seed, runs the others, and tries it again later", async () => {
    const crashing = worldSeed(7, 1);
    const plan = standInPlan(3, { exitOnSeeds: [crashing] });
    await start(plan, "a", 2).exited;
    const failures = JSON.parse(readFileSync(join(folder, "a/failures.json"), "utf8"));
    expect(failures).toEqual(
      [0, 1, 2].map((point) => ({
        world: { point, repeat: 1, seed: crashing },
        reason: "its thread ended with exit code 3",
      })),
    );
    const again = start(plan, "a", 2);
    await again.exited;
    expect(again.lines).toEqual(["had 6"]);
  });

  it("stops after ten failures: a defect of all worlds is not tried to the end", async () => {
    const plan = standInPlan(100, { throwOnSeeds: Array.from({ length: 100 }, (_, repeat) => worldSeed(7, repeat)) });
    await start(plan, "a", 1).exited;
    expect(JSON.parse(readFileSync(join(folder, "a/failures.json"), "utf8"))).toHaveLength(10);
  });
});
