/** Makes a scenario smaller for as long as the same rule is broken: what is left is what it takes. */
import type { Scenario } from "../../simulator/scenario/scenario.ts";

/** True when the scenario still breaks the rule. */
export type StillFails = (scenario: Scenario) => Promise<boolean>;

/** Smaller worlds take less than the second of a whole one: minutes at most. */
const MAX_TRIES = 400;

export async function shrink(scenario: Scenario, stillFails: StillFails): Promise<Scenario> {
  let smallest = scenario;
  let tried = 0;
  for (let progress = true; progress && tried < MAX_TRIES; ) {
    progress = false;
    for (const smaller of smallerThan(smallest)) {
      if (tried >= MAX_TRIES) break;
      tried++;
      if (!(await stillFails(smaller))) continue;
      smallest = smaller;
      progress = true;
      break;
    }
  }
  return smallest;
}

/** The largest steps first. */
function* smallerThan(scenario: Scenario): Generator<Scenario, void, undefined> {
  const { faults, behaviours, clients, provider, network, epochs, costs } = scenario;
  yield* fewer(faults).map((rest): Scenario => ({ ...scenario, faults: rest }));
  const { keys, ...keyless } = scenario;
  if (clients.length > 0) yield { ...keyless, clients: [] };
  if (keys !== undefined) {
    yield keyless;
    yield* fewer(keys.lies).map((lies): Scenario => ({ ...scenario, keys: { ...keys, lies } }));
  }
  if (scenario.observers > 0) yield { ...scenario, observers: 0 };
  yield* fewer(behaviours).map((rest): Scenario => withBehaviours(scenario, rest));
  yield* fewer(provider.lies).map((lies): Scenario => ({ ...scenario, provider: { ...provider, lies } }));
  yield* fewer(network.partitions).map(
    (partitions): Scenario => ({ ...scenario, network: { ...network, partitions } }),
  );
  yield* fewer(network.links).map((links): Scenario => ({ ...scenario, network: { ...network, links } }));
  if (provider.failureRate > 0) yield { ...scenario, provider: { ...provider, failureRate: 0 } };
  if (network.lossRate > 0 || network.duplicateRate > 0) {
    yield { ...scenario, network: { ...network, lossRate: 0, duplicateRate: 0 } };
  }
  for (const part of [0.25, 0.5, 0.75, 0.9]) {
    const less = Math.floor(epochs * part);
    if (less >= 1 && less < epochs) yield shorter(scenario, less);
  }
  if (Object.values(costs).some((cost) => cost !== 0)) {
    yield {
      ...scenario,
      costs: { verifySignatureMs: 0, verifyProofMs: 0, signMs: 0, readMs: 0, writeMs: 0, syncMs: 0 },
    };
  }
}

/** What would happen after its end, or to epochs that never come, is left out. */
function shorter(scenario: Scenario, epochs: number): Scenario {
  const endMs = epochs * scenario.epochIntervalMs;
  const { provider, network, behaviours, faults } = withBehaviours(
    scenario,
    scenario.behaviours.filter(({ fromEpoch }) => fromEpoch <= epochs),
  );
  const exists = <T extends { readonly fromEpoch: number }>({ fromEpoch }: T): boolean => fromEpoch <= epochs;
  const begins = <T extends { readonly fromMs: number }>({ fromMs }: T): boolean => fromMs < endMs;
  const { keys } = scenario;
  return {
    ...scenario,
    ...(keys && { keys: { ...keys, lies: keys.lies.filter(exists) } }),
    epochs,
    faults: faults.flatMap((fault) => {
      if (fault.atMs < endMs) return [fault];
      // What people settle after the last epoch they settle after the one that is the last now.
      const earlierMs = (scenario.epochs - epochs) * scenario.epochIntervalMs;
      return fault.kind === "settle" ? [{ ...fault, atMs: Math.max(endMs, fault.atMs - earlierMs) }] : [];
    }),
    behaviours,
    provider: { ...provider, lies: provider.lies.filter(exists) },
    network: { ...network, partitions: network.partitions.filter(begins), links: network.links.filter(begins) },
  };
}

/**
 * Whoever lies no more has its clock put right: an honest auditor whose clock is a day ahead signs nothing, as it
 * should.
 */
function withBehaviours(scenario: Scenario, behaviours: Scenario["behaviours"]): Scenario {
  const honest = scenario.behaviours.filter((behaviour) => !behaviours.includes(behaviour));
  const names = new Set(honest.flatMap(({ auditors }) => auditors));
  const faults = scenario.faults.filter(({ kind, node }) => kind !== "clock-jump" || !names.has(node));
  return { ...scenario, behaviours, faults };
}

/** Halves left out first, then one at a time. */
function fewer<T>(items: readonly T[]): (readonly T[])[] {
  if (items.length === 0) return [];
  const half = items.length >> 1;
  const halves = items.length > 3 ? [items.slice(half), items.slice(0, half)] : [];
  const singles = items.map((_, index) => items.filter((_item, at) => at !== index));
  return [...halves, ...singles];
}
