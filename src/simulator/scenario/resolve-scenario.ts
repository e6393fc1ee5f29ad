/** From what a file says to what the world is handed: defaults filled in, whom it means by name. */
import { defaultQuorum } from "../../core/roster.ts";
import { DEFAULT_ENTRIES, DEFAULT_SCENARIO, worldEndMs } from "./defaults.ts";
import { resolveBehaviour, resolveFault, resolveLie } from "./resolve-entries.ts";
import { resolveKeys } from "./resolve-keys.ts";
import { Names } from "./resolve-names.ts";
import type { ClientGroup, LinkSchedule, NetworkScenario, Partition, Scenario } from "./scenario.ts";
import type { ScenarioTree } from "./scenario-tree.ts";
import type { WrittenLink, WrittenPartition, WrittenScenario } from "./written-scenario.ts";

/** `written` has the shape of the schema. Throws CONFIG_INVALID for a name that nobody has. */
export function resolveScenario(written: WrittenScenario, tree: ScenarioTree): Scenario {
  const { costs, network, provider, behaviours = [], faults = [], clients = [], keys, title, ...plain } = written;
  const base = { title, ...DEFAULT_SCENARIO, ...plain };
  const groups = clients.map((group) => clientGroup(group, base.auditors));
  const { auditors, observers } = base;
  const names = new Names({ auditors, observers, clients: groups.reduce((sum, { count }) => sum + count, 0) }, tree);
  return {
    ...base,
    costs: { ...DEFAULT_SCENARIO.costs, ...costs },
    network: resolveNetwork(network ?? {}, names, worldEndMs(base), tree),
    provider: {
      ...DEFAULT_SCENARIO.provider,
      ...provider,
      lies: (provider?.lies ?? []).map((lie, index) => resolveLie(lie, names, ["provider", "lies", index])),
    },
    behaviours: behaviours.map((entry, index) => resolveBehaviour(entry, names, ["behaviours", index])),
    faults: faults.map((fault, index) => resolveFault(fault, names, ["faults", index])),
    clients: groups,
    ...(keys === undefined ? {} : { keys: resolveKeys(keys, names) }),
  };
}

function clientGroup(written: Partial<ClientGroup>, auditors: number): ClientGroup {
  return { ...DEFAULT_ENTRIES.client, quorum: defaultQuorum(auditors), ...written };
}

function resolveNetwork(
  written: NonNullable<WrittenScenario["network"]>,
  names: Names,
  endMs: number,
  tree: ScenarioTree,
): NetworkScenario {
  const { partitions = [], links = [], ...plain } = written;
  return {
    ...DEFAULT_SCENARIO.network,
    ...plain,
    partitions: partitions.map((entry, index) => resolvePartition(entry, names, endMs, index)),
    links: links.flatMap((entry, index) => resolveLink(entry, names, endMs, index, tree)),
  };
}

function resolvePartition(written: WrittenPartition, names: Names, endMs: number, index: number): Partition {
  return {
    fromMs: written.fromMs ?? DEFAULT_ENTRIES.fromMs,
    toMs: written.toMs ?? endMs,
    groups: written.groups.map((group, at) =>
      names.select(group, "everybody", ["network", "partitions", index, "groups", at]),
    ),
  };
}

/** One for each pair. */
function resolveLink(
  written: WrittenLink,
  names: Names,
  endMs: number,
  index: number,
  tree: ScenarioTree,
): LinkSchedule[] {
  const path = ["network", "links", index];
  const { from, to, fromMs = DEFAULT_ENTRIES.fromMs, toMs = endMs, oneWay = DEFAULT_ENTRIES.oneWay, ...how } = written;
  const targets = names.oneOrMore(to, "nodes", [...path, "to"]);
  const pairs = names
    .oneOrMore(from, "nodes", [...path, "from"])
    .flatMap((one) => targets.filter((other) => other !== one).map((other) => ({ from: one, to: other })));
  if (pairs.length === 0) throw tree.invalid([...path, "to"], to, "a node at the other end of the link");
  return pairs.map((pair) => ({ ...pair, fromMs, toMs, oneWay, ...how }));
}
