import { describe, expect, it } from "vitest";
import { planSweep, type SweepPlan, worldSeed, worldsOf } from "../../../src/lab/experiment/sweep-plan.ts";
import { parseSet, parseVary } from "../../../src/simulator/scenario/overrides.ts";
import { loadScenarioText } from "../../../src/simulator/scenario/read-scenario.ts";

async function plan(vary: string[], sets: string[] = [], repeats = 2): Promise<SweepPlan> {
  const source = await loadScenarioText("one-victim-client");
  return planSweep(source, { vary: vary.map(parseVary), sets: sets.map(parseSet), repeats, seed: 1 });
}

describe("the plan of a sweep", () => {
  it("has every combination of the varied values, the last axis fastest, each resolved anew", async () => {
    const { points } = await plan(["auditors=3,5", "network.lossRate=0..0.2:0.1"]);
    expect(points.map(({ values }) => Object.values(values))).toEqual(
      [3, 5].flatMap((auditors) => [0, 0.1, 0.2].map((lossRate) => [auditors, lossRate])),
    );
    expect(points.map(({ scenario }) => [scenario.auditors, scenario.network.lossRate])).toEqual(
      points.map(({ values }) => Object.values(values)),
    );
    expect(new Set(points.map(({ scenarioHash }) => scenarioHash)).size).toBe(6);
  });

  it("gives a repeat the same seed at every point, so that points are compared in pairs", async () => {
    const worlds = [...worldsOf(await plan(["auditors=3,5"]))];
    expect(worlds.map(({ point, repeat }) => [point, repeat])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    expect(worlds[0]?.seed).toBe(worlds[2]?.seed);
    expect(worlds[0]?.seed).not.toBe(worlds[1]?.seed);
  });

  it("derives seeds that do not change from release to release, whole numbers that JavaScript holds", () => {
    expect(worldSeed(1, 0)).toBe(8114334628853881);
    expect(Array.from({ length: 1000 }, (_, repeat) => worldSeed(2, repeat)).every(Number.isSafeInteger)).toBe(true);
  });

  it("takes a group of clients that there is not for a typo", async () => {
    await expect(plan(["clients.1.ask=1,2"])).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("0 in place of 1: the list has 1 entry"),
    });
    const { points } = await plan(["clients.1.ask=1,2"], ["clients.1={count: 2}"]);
    expect(points.map(({ scenario }) => scenario.clients.map(({ ask }) => ask))).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });

  it("without --vary is one point, the scenario itself", async () => {
    const { points, scenarioHash } = await plan([], ["auditors=4"]);
    expect(points.map((point) => [point.values, point.scenarioHash])).toEqual([[{}, scenarioHash]]);
  });

  it("is another one when values of the file that --vary works on change", async () => {
    expect((await plan(["auditors=3"])).pointsHash).not.toBe((await plan(["auditors=3"], ["epochs=9"])).pointsHash);
  });

  it("is refused when a path is varied twice, there are too many worlds, or a value makes no sense", async () => {
    await expect(plan(["auditors=3", "auditors=5"])).rejects.toMatchObject({ code: "USAGE" });
    await expect(plan(["auditors=1..10000"], [], 1000)).rejects.toMatchObject({ code: "USAGE" });
    await expect(plan(["network.lossRate=2"])).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("names the point at which the scenario makes no sense, once", async () => {
    const two = ["clients.0.ask=2"];
    await expect(plan(["auditors=5,3,1"], two)).rejects.toThrow(/found 2, expected at most 1.* \(with auditors=1\)$/);
    await expect(plan(["epochs=8,9", "auditors=1"], two)).rejects.toThrow(/\(with epochs=8 and auditors=1\)$/);
    await expect(plan(["auditors=5,300"])).rejects.toThrow(/with auditors=300: auditors: found 300(?!.*\(with)/);
  });
});
