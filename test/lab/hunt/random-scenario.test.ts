import { describe, expect, it } from "vitest";
import { randomScenario } from "../../../src/lab/hunt/random-scenario.ts";
import { readScenario } from "../../../src/simulator/scenario/read-scenario.ts";
import { scenarioYaml } from "../../../src/simulator/scenario/write-scenario.ts";

describe("a random scenario", () => {
  it("is the same for the same seed and another for the next", () => {
    expect(randomScenario(7)).toEqual(randomScenario(7));
    expect(randomScenario(8)).not.toEqual(randomScenario(7));
  });

  it("reads back from its file as what it was", () => {
    for (let seed = 0; seed < 300; seed++) {
      const scenario = randomScenario(seed);
      expect(readScenario(scenarioYaml(scenario), `seed ${seed}`), `seed ${seed}`).toEqual(scenario);
    }
  });

  it("has every kind of fault, lie and behaviour among a few hundred seeds", () => {
    const scenarios = Array.from({ length: 300 }, (_, seed) => randomScenario(seed));
    const kindsOf = (list: readonly { kind: string }[]): string[] => [...new Set(list.map(({ kind }) => kind))].sort();
    expect(kindsOf(scenarios.flatMap(({ faults }) => faults))).toEqual([
      "clock-jump",
      "disk-error",
      "disk-full",
      "join-late",
      "kill",
      "lost-claims",
      "power-cut",
      "restore-backup",
      "retire",
      "second-machine",
      "settle",
      "spoiled-proofs",
      "stolen-key",
      "stop",
      "wrong-configuration",
    ]);
    expect(kindsOf(scenarios.flatMap(({ provider }) => provider.lies))).toEqual([
      "invalid-proof",
      "list-both",
      "rewind",
      "split",
      "split-by-time",
      "withhold",
    ]);
    expect(kindsOf(scenarios.flatMap(({ behaviours }) => behaviours))).toEqual([
      "colluding",
      "equivocating",
      "half-heads",
      "lagging",
      "lying",
      "silent",
    ]);
  });
});
