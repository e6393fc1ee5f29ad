import { describe, expect, it } from "vitest";
import { loadScenarioFile } from "../../../src/simulator/scenario/read-scenario.ts";
import { shippedScenarios } from "../../../src/simulator/scenario/scenario-files.ts";

const NAMES = await shippedScenarios();

describe("the scenarios that ship with the package", () => {
  it.each(NAMES)("%s loads, says what it shows and where its times come from", async (name) => {
    const { about, sources, crypto } = await loadScenarioFile(name);
    expect(about.length).toBeGreaterThan(100);
    expect(Object.keys(sources)).toEqual(expect.arrayContaining(["epochIntervalMs", "network.latencyMs"]));
    expect(crypto).toBe("symbolic");
  });

  it("are found by name from anywhere, and a misspelt name is guessed", async () => {
    expect((await loadScenarioFile("thousand-nodes")).observers).toBe(990);
    await expect(loadScenarioFile("fifty-fifty-splt")).rejects.toThrow("did you mean fifty-fifty-split?");
    await expect(loadScenarioFile("./fifty-fifty-split")).rejects.toMatchObject({ code: "CONFIG_UNREADABLE" });
  });
});
