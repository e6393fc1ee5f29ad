import { describe, expect, it } from "vitest";
import { randomScenario } from "../../../src/lab/hunt/random-scenario.ts";
import { shrink } from "../../../src/lab/hunt/shrink.ts";
import { readScenario } from "../../../src/simulator/scenario/read-scenario.ts";
import { scenarioYaml } from "../../../src/simulator/scenario/write-scenario.ts";

describe("shrinking", () => {
  it("leaves what it takes to fail, and nothing else", async () => {
    const large = randomScenario(12);
    const [needed] = large.faults.filter(({ kind }) => kind === "kill");
    const small = await shrink(large, async ({ faults }) =>
      faults.some((fault) => JSON.stringify(fault) === JSON.stringify(needed)),
    );
    expect(small.faults).toEqual([needed]);
    expect([small.behaviours, small.clients, small.provider.lies, small.network.partitions]).toEqual([[], [], [], []]);
    expect(small.epochs).toBeLessThan(large.epochs);
  });

  it("keeps what people settle after the last epoch, whichever epoch is the last", async () => {
    const seeds = Array.from({ length: 200 }, (_, seed) => randomScenario(seed));
    const late = seeds.find(({ faults, epochs, epochIntervalMs }) =>
      faults.some(({ kind, atMs }) => kind === "settle" && atMs > epochs * epochIntervalMs),
    );
    if (late === undefined) throw new Error("nobody settles late");
    const small = await shrink(late, async ({ faults }) => faults.some(({ kind }) => kind === "settle"));
    expect(small.faults.map(({ kind }) => kind)).toEqual(["settle"]);
    expect(small.epochs).toBe(1);
    expect(small.faults[0]?.atMs).toBeGreaterThanOrEqual(small.epochIntervalMs);
  });

  it("leaves a scenario alone that fails only as it is", async () => {
    const scenario = randomScenario(3);
    expect(await shrink(scenario, async () => false)).toEqual(scenario);
  });

  it("tries nothing that no file could say", async () => {
    for (let seed = 0; seed < 40; seed++) {
      await shrink(randomScenario(seed), async (smaller) => {
        expect(readScenario(scenarioYaml(smaller), `seed ${seed}`)).toEqual(smaller);
        return smaller.faults.length % 2 === 0;
      });
    }
  });
});
