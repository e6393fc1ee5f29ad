/** What the library refuses where a program hands it what no file could say. */
import { describe, expect, it } from "vitest";
import {
  huntWorld,
  kaplanMeier,
  loadScenarioFile,
  logRank,
  mcnemarExact,
  randomScenario,
  runWorld,
  type Scenario,
  shippedScenarios,
  timeQuantile,
  World,
  wilsonInterval,
} from "../../src/lab/index.ts";
import { checkWhole } from "../../src/simulator/scenario/read-scenario.ts";

const small = async (): Promise<Scenario> => ({ ...(await loadScenarioFile("one-victim-auditor")), epochs: 8 });
const any = (value: unknown): never => value as never;

describe("a world from a program", () => {
  it.each([
    ["a word for a number", { auditors: "five" }, /auditors: found "five", expected how many auditors there are/],
    ["a key that there is not", { auditor: 5 }, /expected one of the keys .*did you mean auditors/],
    ["more epochs than a file may have", { epochs: 1e9 }, /epochs/],
    ["a part that was left out", { network: undefined }, /network.*readScenario/],
    [
      "a selection that nobody resolved",
      { behaviours: [{ kind: "lying", auditors: { count: 1 }, fromEpoch: 1 }] },
      /behaviours/,
    ],
    ["a lie after the last epoch", { epochs: 2 }, /fromEpoch/],
  ])("refuses %s", async (_, changes, message) => {
    const scenario = any({ ...(await small()), ...changes });
    const refusal = { code: "CONFIG_INVALID", message: expect.stringMatching(message) };
    await expect(runWorld({ scenario, seed: 1 })).rejects.toMatchObject(refusal);
    await expect(huntWorld(scenario, 1)).rejects.toMatchObject(refusal);
    expect(() => new World({ scenario, seed: 1 })).toThrow(expect.objectContaining(refusal));
  });

  it.each([[{ title: "x" }], [{}], [null], [undefined], ["one-victim-auditor"], [[]]])(
    "refuses %j as a scenario",
    async (scenario) => {
      await expect(runWorld({ scenario: any(scenario), seed: 1 })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    },
  );

  it.each([[undefined], [-1], [1.5], [2 ** 53], ["1"], [Number.NaN], [null]])("refuses the seed %s", async (seed) => {
    const scenario = await small();
    await expect(runWorld({ scenario, seed: any(seed) })).rejects.toMatchObject({ code: "NUMBER_OUT_OF_RANGE" });
    expect(() => randomScenario(any(seed))).toThrow(expect.objectContaining({ code: "NUMBER_OUT_OF_RANGE" }));
  });

  it("refuses what is no object of options, and a drain that there is not", async () => {
    for (const options of [undefined, null, 5, {}]) await expect(runWorld(any(options))).rejects.toHaveProperty("code");
    const scenario = await small();
    await expect(runWorld({ scenario, seed: 1, drain: any("slow") })).rejects.toMatchObject({ code: "USAGE" });
  });

  it("takes what the package's own readers return, and what a hunt draws", async () => {
    for (const name of await shippedScenarios()) {
      const scenario = await loadScenarioFile(name);
      expect(() => checkWhole(scenario), name).not.toThrow();
      expect(() => checkWhole(structuredClone(scenario)), name).not.toThrow();
    }
    for (let seed = 1; seed <= 200; seed++) {
      const size = { auditors: 2 + (seed % 9), epochs: 3 + (seed % 40), crashes: seed % 25 };
      expect(() => checkWhole(randomScenario(seed, size)), `seed ${seed}`).not.toThrow();
    }
  });
});

describe("statistics of a program", () => {
  it.each([
    [5, 3],
    [-1, 3],
    [1.5, 3],
    [Number.NaN, 3],
    [1, Number.POSITIVE_INFINITY],
  ])("refuse %s of %s", (happened, trials) => {
    expect(() => wilsonInterval(happened, trials)).toThrow(expect.objectContaining({ code: "NUMBER_OUT_OF_RANGE" }));
    expect(() => mcnemarExact(happened - 100, trials)).toThrow(
      expect.objectContaining({ code: "NUMBER_OUT_OF_RANGE" }),
    );
  });

  it.each([0, 1, 95, -0.5, Number.NaN, any("0.95")])("refuse the confidence %s", (confidence) => {
    const refusal = expect.objectContaining({ code: "USAGE" });
    expect(() => wilsonInterval(1, 2, confidence)).toThrow(refusal);
    expect(() => kaplanMeier([], confidence)).toThrow(refusal);
  });

  it.each([0, 1.1, 95, -0.5, Number.NaN, any("0.95")])("refuse the part %s", (part) => {
    expect(() => timeQuantile([], part)).toThrow(expect.objectContaining({ code: "USAGE" }));
  });

  it.each([
    [undefined],
    [[5]],
    [[{ timeMs: Number.NaN, happened: true }]],
    [[{ timeMs: -1, happened: true }]],
    [[{ timeMs: 1 }]],
    [[null]],
  ])("refuse the observations %j", (observations) => {
    const refusal = expect.objectContaining({ code: "USAGE" });
    expect(() => kaplanMeier(any(observations))).toThrow(refusal);
    expect(() => logRank(any(observations), [])).toThrow(refusal);
  });
});
