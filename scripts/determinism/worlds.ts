/** The worlds whose traces are compared: shortened scenarios of config/, and random ones in which everything breaks. */
import { randomScenario } from "../../src/lab/hunt/random-scenario.ts";
import type { Override } from "../../src/simulator/scenario/overrides.ts";
import { loadScenarioText, scenarioVariant } from "../../src/simulator/scenario/read-scenario.ts";
import type { Scenario } from "../../src/simulator/scenario/scenario.ts";

export interface NamedWorld {
  readonly name: string;
  readonly scenario: Scenario;
  readonly seed: number;
}

/** Their lies begin by epoch 6. */
const SHIPPED: Readonly<Record<string, readonly Override[]>> = {
  "fifty-fifty-split": [{ path: "epochs", value: 9 }],
  "flapping-network": [{ path: "epochs", value: 14 }],
  "late-joiner": [],
  "swapped-key": [
    { path: "epochs", value: 8 },
    { path: "clients.0.count", value: 3 },
    { path: "keys.lies.0.fromEpoch", value: 5 },
  ],
  "thousand-nodes": [
    { path: "epochs", value: 4 },
    { path: "observers", value: 30 },
    { path: "provider.lies.0.fromEpoch", value: 2 },
  ],
};

/** Chosen because together they had every kind of lie, behaviour and fault, clients, and ports that take time. */
const RANDOM_SEEDS = [4, 10, 11, 23, 32, 35, 71, 192];
const RANDOM_SIZE = { auditors: 5, epochs: 15, crashes: 8 };
/** Two rounds of head sync. The 25 minutes of a hunt would take half of the whole run. */
const RANDOM_SETTLE_MS = 120_000;

export async function comparedWorlds(): Promise<NamedWorld[]> {
  const shipped = Object.entries(SHIPPED).map(async ([name, overrides]) => ({
    name,
    scenario: scenarioVariant(await loadScenarioText(`config/scenarios/${name}.yaml`), overrides),
    seed: 1,
  }));
  const random = RANDOM_SEEDS.map((seed) => ({
    name: `random ${seed}`,
    scenario: { ...randomScenario(seed, RANDOM_SIZE), settleMs: RANDOM_SETTLE_MS },
    seed,
  }));
  return [...(await Promise.all(shipped)), ...random];
}
