/** Whether a scenario of the right shape makes sense: what can be said of two values only together. */
import type { TreePath } from "../../platform/yaml/yaml-tree.ts";
import { checkDistributions } from "./check-distributions.ts";
import { checkTimelines } from "./check-timelines.ts";
import { worldEndMs } from "./defaults.ts";
import { checkKeys } from "./resolve-keys.ts";
import type { Scenario } from "./scenario.ts";
import type { ScenarioTree } from "./scenario-tree.ts";
import { MAX_CLIENTS } from "./schema-parts.ts";
import type { WrittenScenario } from "./written-scenario.ts";

/** Throws CONFIG_INVALID. */
export function checkScenario(scenario: Scenario, written: WrittenScenario, tree: ScenarioTree): void {
  const { auditors, faultBound } = scenario;
  if (faultBound !== undefined && faultBound > auditors) {
    throw tree.invalid(["faultBound"], faultBound, `at most ${auditors}: there are no more auditors`);
  }
  checkDistributions(written, tree);
  checkLies(scenario, written, tree);
  checkClients(scenario, tree);
  checkPartitions(scenario, tree);
  checkLinks(scenario, written, tree);
  checkTimelines(scenario, tree);
  checkKeys(scenario, tree);
}

function checkLies(scenario: Scenario, written: WrittenScenario, tree: ScenarioTree): void {
  for (const [index, lie] of scenario.provider.lies.entries()) {
    const path = ["provider", "lies", index];
    const to = written.provider?.lies?.[index]?.to;
    if (to?.auditors === undefined && to?.clients === undefined) {
      throw tree.invalid([...path, "to"], to, "auditors, clients or both, such as {auditors: {share: 0.5}}");
    }
    if (lie.kind === "rewind" && lie.epochs >= lie.fromEpoch) {
      const expected = `less than fromEpoch (${lie.fromEpoch}): there is nothing further back`;
      throw tree.invalid([...path, "epochs"], lie.epochs, expected);
    }
  }
}

function checkClients({ clients, auditors, observers }: Scenario, tree: ScenarioTree): void {
  const total = clients.reduce((sum, { count }) => sum + count, 0);
  if (total > MAX_CLIENTS) throw tree.invalid(["clients"], total, `at most ${MAX_CLIENTS} clients in all groups`);
  for (const [index, group] of clients.entries()) {
    const most = (key: "ask" | "quorum" | "gossipWith", limit: number, because: string): void => {
      if (group[key] > limit) throw tree.invalid(["clients", index, key], group[key], `at most ${limit}: ${because}`);
    };
    if (group.of === "auditors") most("ask", auditors, "there are no more auditors, and of is auditors");
    else most("ask", auditors + observers, "there are no more nodes");
    most("quorum", auditors, "there are no more auditors");
    most("gossipWith", total - 1, "there are no more other clients");
  }
}

function checkPartitions({ network, ...scenario }: Scenario, tree: ScenarioTree): void {
  for (const [index, { groups, fromMs, toMs }] of network.partitions.entries()) {
    const path = ["network", "partitions", index];
    const groupOf = new Map<string, number>();
    for (const [at, group] of groups.entries()) {
      for (const name of group) {
        const other = groupOf.get(name);
        const expected = `groups that share nobody: ${name} is in groups[${other}] too`;
        if (other !== undefined) throw tree.invalid([...path, "groups", at], name, expected);
        groupOf.set(name, at);
      }
    }
    checkTimes(path, fromMs, toMs, worldEndMs(scenario), tree);
  }
}

function checkLinks(scenario: Scenario, written: WrittenScenario, tree: ScenarioTree): void {
  const endMs = worldEndMs(scenario);
  for (const [index, link] of (written.network?.links ?? []).entries()) {
    const path = ["network", "links", index];
    if (link.latencyMs === undefined && link.lossRate === undefined) {
      throw tree.invalid([...path, "lossRate"], undefined, "lossRate, latencyMs or both: what is other on this link");
    }
    checkTimes(path, link.fromMs ?? 0, link.toMs ?? endMs, endMs, tree);
  }
}

function checkTimes(path: TreePath, fromMs: number, toMs: number, endMs: number, tree: ScenarioTree): void {
  if (fromMs >= endMs) throw tree.invalid([...path, "fromMs"], fromMs, `less than ${endMs}, when the world ends`);
  if (toMs <= fromMs) throw tree.invalid([...path, "toMs"], toMs, `more than fromMs (${fromMs})`);
}
