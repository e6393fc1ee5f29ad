import { describe, expect, it } from "vitest";
import type { Scenario } from "../../../src/simulator/scenario/scenario.ts";
import { runWorld } from "../../../src/simulator/world/run-world.ts";
import { CLIENTS, COSTLY, FREE, lieTo, scenarioOf } from "../small-world.ts";

/** Everything that a trace could depend on: slow ports, loss, a lie, crashes, clients that ask at random. */
const BUSY = scenarioOf({
  epochs: 7,
  settleMs: 30_000,
  costs: COSTLY,
  network: { lossRate: 0.2, duplicateRate: 0.1 },
  provider: { failureRate: 0.05, lies: [lieTo("split", [4, 5], {})] },
  faults: [
    { kind: "power-cut", node: "auditor-02.example", atMs: 125_000, downMs: 20_000 },
    { kind: "kill", node: "auditor-04.example", atMs: 185_000, downMs: 20_000 },
  ],
  clients: [{ ...CLIENTS, count: 2, choice: "random", gossipWith: 1 }],
});
async function traceOf(scenario: Scenario, seed: number, drain: "fast" | "reference" = "fast"): Promise<string> {
  const lines: string[] = [];
  const { traceHash } = await runWorld({ scenario, seed, drain }, { trace: { line: (text) => void lines.push(text) } });
  return [...lines, traceHash].join("\n");
}

describe("the trace of a world", () => {
  it("is the same to the byte for the same seed", async () => {
    expect(await traceOf(BUSY, 1)).toBe(await traceOf(BUSY, 1));
  });

  it("is another one for another seed", async () => {
    expect(await traceOf(BUSY, 1)).not.toBe(await traceOf(BUSY, 2));
  });

  it("does not depend on what ran before in the process", async () => {
    const alone = await traceOf(BUSY, 3);
    await traceOf(scenarioOf({ auditors: 7, observers: 3, epochs: 3 }), 9);
    expect(await traceOf(BUSY, 3)).toBe(alone);
  });

  // Twelve more worlds, of the library and random ones: npm run determinism.
  it("is the same whether a step is over by the tick queue or by a turn of the loop", async () => {
    expect(await traceOf(BUSY, 1, "reference")).toBe(await traceOf(BUSY, 1, "fast"));
  });

  it("is the same with symbolic and with real cryptography", async () => {
    expect(await traceOf({ ...BUSY, crypto: "real" }, 1)).toBe(await traceOf(BUSY, 1));
  });

  it("has what happened before a fault unchanged by the fault", async () => {
    const before = (trace: string): string[] => trace.split("\n").filter((line) => /^\{"t":\d{1,8},/.test(line));
    const whole = await traceOf({ ...BUSY, faults: [] }, 1);
    expect(before(whole).length).toBeGreaterThan(20);
    expect(before(await traceOf({ ...BUSY, faults: BUSY.faults.slice(1) }, 1))).toEqual(before(whole));
  });

  it("of what auditors sign is not reshuffled by clients that ask, where asking costs a node no time", async () => {
    const signed = (trace: string): string[] => trace.split("\n").filter((line) => line.includes('"signed"'));
    const free = { ...BUSY, costs: FREE };
    const quiet = signed(await traceOf({ ...free, clients: [] }, 1));
    expect(quiet.length).toBeGreaterThan(30);
    expect(signed(await traceOf(free, 1))).toEqual(quiet);
  });
});
