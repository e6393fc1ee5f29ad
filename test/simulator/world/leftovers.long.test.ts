import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { type HuntSize, randomScenario } from "../../../src/lab/hunt/random-scenario.ts";
import { runWorld } from "../../../src/simulator/world/run-world.ts";
import { World } from "../../../src/simulator/world/world.ts";
import { CLIENTS, COSTLY, lieTo, scenarioOf } from "../small-world.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const SCENARIO = scenarioOf({
  crypto: "real",
  costs: COSTLY,
  epochs: 6,
  settleMs: 30_000,
  observers: 2,
  provider: { lies: [lieTo("split", [4, 5], {})] },
  faults: [
    { kind: "kill", node: "auditor-02.example", atMs: 125_000, downMs: 20_000 },
    { kind: "power-cut", node: "auditor-03.example", atMs: 125_000, downMs: 20_000 },
    { kind: "stop", node: "auditor-04.example", atMs: 125_000, downMs: 20_000 },
  ],
  clients: [{ ...CLIENTS, count: 2, gossipWith: 1 }],
});

/** Several turns: a registered finalizer and a promise that nobody holds take one each. */
async function heapBytes(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    await setImmediate();
    collectGarbage();
  }
  return process.memoryUsage().heapUsed;
}

async function livedAndForgotten(): Promise<WeakRef<World>> {
  const world = new World({ scenario: SCENARIO, seed: 1 });
  await world.run(world.endUs);
  world.measures();
  return new WeakRef(world);
}

describe("a world that is over", () => {
  it("is held by nothing, though most of its promises never settle", async () => {
    const world = await livedAndForgotten();
    await heapBytes();
    expect(world.deref()).toBeUndefined();
  });

  it("leaves no timer, no handle and no listener", async () => {
    const listeners = (): number => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
    const resources = (): string[] => process.getActiveResourcesInfo().sort();
    await runWorld({ scenario: SCENARIO, seed: 1 });
    await setImmediate();
    const before = { listeners: listeners(), resources: resources() };
    await runWorld({ scenario: SCENARIO, seed: 2 });
    await setImmediate();
    expect({ listeners: listeners(), resources: resources() }).toEqual(before);
  });

  it("leaves no memory behind: the next ones take the same again", async () => {
    const several = async (): Promise<void> => {
      for (let seed = 1; seed <= WORLDS; seed++) await runWorld({ scenario: randomScenario(seed, SIZE), seed });
    };
    // Names, keys and compiled code come with the first ones; other seeds would bring code that these did not.
    await several();
    const before = await heapBytes();
    await several();
    const grownBytes = (await heapBytes()) - before;
    expect(grownBytes).toBeLessThan(WORLDS * LEAKED_BYTES);
  });
});

const WORLDS = 12;
const SIZE: HuntSize = { auditors: 5, epochs: 5, crashes: 3 };
/** One statement with its objects takes a kilobyte, a ledger of such a world about a hundred. */
const LEAKED_BYTES = 50_000;
