/** Small worlds for tests: five auditors, an epoch every half minute, and whatever a test changes. */
import type { CaseRecord } from "../../src/ledger/case-record.ts";
import type { Machine } from "../../src/simulator/machines/surroundings.ts";
import { auditorName } from "../../src/simulator/scenario/entity-names.ts";
import type {
  Behaviour,
  ClientGroup,
  Costs,
  Fault,
  NetworkScenario,
  ProviderLie,
  ProviderScenario,
  Scenario,
} from "../../src/simulator/scenario/scenario.ts";
import type { TraceLine } from "../../src/simulator/world/trace.ts";
import { World, type WorldOptions } from "../../src/simulator/world/world.ts";

export const FREE: Costs = {
  verifySignatureMs: 0,
  verifyProofMs: 0,
  signMs: 0,
  readMs: 0,
  writeMs: 0,
  syncMs: 0,
};

/** Every port takes its time, so that something can come between any two steps. */
export const COSTLY: Costs = {
  verifySignatureMs: 0.3,
  verifyProofMs: { uniform: [20, 200] },
  signMs: { uniform: [1, 50] },
  readMs: { uniform: [0.1, 2] },
  writeMs: { uniform: [0.1, 5] },
  syncMs: { uniform: [2, 80] },
};

const NETWORK: NetworkScenario = {
  gossip: "mesh",
  headSync: true,
  observerDegree: 3,
  latencyMs: { uniform: [20, 180] },
  lossRate: 0,
  duplicateRate: 0,
  partitions: [],
  links: [],
};

const PROVIDER: ProviderScenario = {
  publicationDelayMs: { uniform: [0, 3000] },
  latencyMs: { uniform: [30, 300] },
  failureRate: 0,
  lies: [],
};

export type ScenarioChanges = Partial<Omit<Scenario, "network" | "provider">> & {
  readonly network?: Partial<NetworkScenario>;
  readonly provider?: Partial<ProviderScenario>;
};

export function scenarioOf({ network, provider, ...changes }: ScenarioChanges = {}): Scenario {
  return {
    title: "a small world",
    about: "",
    sources: {},
    epochs: 10,
    epochIntervalMs: 30_000,
    settleMs: 90_000,
    auditors: 5,
    observers: 0,
    crypto: "symbolic",
    costs: FREE,
    behaviours: [],
    faults: [],
    clients: [],
    ...changes,
    network: { ...NETWORK, ...network },
    provider: { ...PROVIDER, ...provider },
  };
}

/** Which auditors, by number. */
export function auditors(...numbers: readonly number[]): string[] {
  return numbers.map(auditorName);
}

export const CLIENTS: ClientGroup = {
  count: 1,
  ask: 3,
  everyMs: 20_000,
  choice: "pinned",
  of: "auditors",
  quorum: 3,
  gossipWith: 0,
};

/** A lie to these auditors, by number, from epoch 4 on. */
export function lieTo<Kind extends ProviderLie["kind"]>(
  kind: Kind,
  numbers: readonly number[],
  more: Omit<Extract<ProviderLie, { kind: Kind }>, "kind" | "to" | "fromEpoch"> & {
    fromEpoch?: number;
    clients?: readonly string[];
  },
): ProviderLie {
  const { clients = [], ...rest } = more;
  return { kind, fromEpoch: 4, to: { auditors: auditors(...numbers), clients }, ...rest } as unknown as ProviderLie;
}

export function behaviour(
  kind: Behaviour["kind"],
  numbers: readonly number[],
  more: Partial<Behaviour> = {},
): Behaviour {
  return { kind, auditors: auditors(...numbers), fromEpoch: 4, ...more };
}

export type FaultOf<Kind extends Fault["kind"]> = Extract<Fault, { kind: Kind }>;

export interface LivedWorld {
  readonly world: World;
  readonly lines: readonly TraceLine[];
}

/** The whole world, and its trace; fails when a machine failed by itself. */
export async function live(
  changes: ScenarioChanges = {},
  { seed = 1, drain }: { readonly seed?: number; readonly drain?: "fast" | "reference" } = {},
): Promise<LivedWorld> {
  const lines: TraceLine[] = [];
  const options: WorldOptions = { scenario: scenarioOf(changes), seed, ...(drain === undefined ? {} : { drain }) };
  const world = new World(options, { trace: { line: (text) => void lines.push(JSON.parse(text) as TraceLine) } });
  await world.run(world.endUs);
  const [violation] = world.watcher.violations;
  if (violation !== undefined) throw new Error(`${violation.who}: ${violation.detail}`);
  return { world, lines };
}

export function linesOf<What extends TraceLine["what"]>(
  lines: readonly TraceLine[],
  what: What,
): Extract<TraceLine, { what: What }>[] {
  return lines.filter((line): line is Extract<TraceLine, { what: What }> => line.what === what);
}

export function machine(world: World, place: string): Machine {
  const found = world.machineAt(place);
  if (found === undefined) throw new Error(`no machine at ${place}`);
  return found;
}

export function casesOf({ ledger }: Machine): CaseRecord[] {
  return (ledger?.cases() ?? []).filter(({ state }) => state === "open");
}
