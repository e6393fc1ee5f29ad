/** Whether distributions go upwards. */
import type { TreePath } from "../../platform/yaml/yaml-tree.ts";
import type { Distribution } from "../engine/distribution.ts";
import type { ScenarioTree } from "./scenario-tree.ts";
import type { WrittenScenario } from "./written-scenario.ts";

/** Throws CONFIG_INVALID. */
export function checkDistributions({ costs, network, provider }: WrittenScenario, tree: ScenarioTree): void {
  const check = (distribution: Distribution | undefined, ...path: TreePath): void => {
    if (distribution !== undefined) checkOne(distribution, path, tree);
  };
  for (const [key, cost] of Object.entries(costs ?? {})) check(cost, "costs", key);
  check(network?.latencyMs, "network", "latencyMs");
  for (const [index, { latencyMs }] of (network?.links ?? []).entries()) {
    check(latencyMs, "network", "links", index, "latencyMs");
  }
  check(provider?.publicationDelayMs, "provider", "publicationDelayMs");
  check(provider?.latencyMs, "provider", "latencyMs");
  for (const [index, { delayMs }] of (provider?.lies ?? []).entries()) {
    check(delayMs, "provider", "lies", index, "delayMs");
  }
}

function checkOne(distribution: Distribution, path: TreePath, tree: ScenarioTree): void {
  if (typeof distribution === "number") return;
  if ("uniform" in distribution) {
    const [low, high] = distribution.uniform;
    if (low > high) throw tree.invalid([...path, "uniform"], distribution.uniform, "the lower number first");
    return;
  }
  const { quantiles } = distribution;
  const at = [...path, "quantiles"];
  if (quantiles[0]?.[0] !== 0 || quantiles.at(-1)?.[0] !== 1) {
    throw tree.invalid(at, quantiles, "a first fraction of 0 and a last one of 1");
  }
  for (const [index, [fraction, value]] of quantiles.entries()) {
    const [fractionBefore, valueBefore] = quantiles[index - 1] ?? [0, 0];
    if (fraction < fractionBefore || value < valueBefore) {
      throw tree.invalid([...at, index], [fraction, value], "fractions and values that go up");
    }
  }
}
