/** Small worlds for tests: five auditors, an epoch every half minute, and whatever a test changes. */
import { toHex } from "../../src/core/bytes.ts";
import type { AuditorHead } from "../../src/core/head.ts";
import type { CaseRecord } from "../../src/ledger/cases/case-record.ts";
import { NAMESPACE } from "../../src/simulator/actors/histories.ts";
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

/** What it signed, in the order of time: "4", and "4 fork" of the other history. */
export function signedBy(lines: readonly TraceLine[], place: string): string[] {
  return linesOf(lines, "signed")
    .filter(({ who }) => who === place)
    .map(({ epoch, branch }) => (branch === "fork" ? `${epoch} fork` : `${epoch}`));
}

/** Who opened which case, as of the end: "class about", by place. Cases that changed count as what they became. */
export function verdicts(lines: readonly TraceLine[]): Record<string, string[]> {
  const byPlace: Record<string, Record<string, string>> = {};
  for (const { who, id, class: caseClass, about } of linesOf(lines, "case")) {
    byPlace[who] = { ...byPlace[who], [id]: `${caseClass} ${about}` };
  }
  return Object.fromEntries(Object.entries(byPlace).map(([place, cases]) => [place, Object.values(cases).sort()]));
}

/** Without the leads that stood before: whoever spoke first at an epoch decides which those are. */
export function convictions(lines: readonly TraceLine[]): Record<string, string[]> {
  const entries = Object.entries(verdicts(lines)).map(([place, cases]): [string, string[]] => {
    return [place, cases.filter((one) => !one.endsWith(" dissent"))];
  });
  return Object.fromEntries(entries.filter(([, cases]) => cases.length > 0));
}

/** Every head that a machine holds: "auditor epoch digest", sorted. */
export async function headsOf({ ledger, place }: Machine): Promise<string[]> {
  if (ledger === undefined) throw new Error(`${place} is down`);
  const { statements, assumptions } = ledger;
  const heads: string[] = [];
  for (const auditor of assumptions.roster.names) {
    for await (const [epoch, slot] of statements.headSlots(NAMESPACE, auditor, 0, Number.MAX_SAFE_INTEGER)) {
      for (const { statement } of statements.statementsOf<AuditorHead>(slot)) {
        heads.push(`${auditor} ${epoch} ${toHex(statement.digest)}`);
      }
    }
  }
  return heads.sort();
}

export function machine(world: World, place: string): Machine {
  const found = world.machineAt(place);
  if (found === undefined) throw new Error(`no machine at ${place}`);
  return found;
}

export function casesOf({ ledger }: Machine): CaseRecord[] {
  return (ledger?.cases() ?? []).filter(({ state }) => state === "open");
}
