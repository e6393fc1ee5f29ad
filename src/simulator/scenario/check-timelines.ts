/** Whether what happens to somebody can happen one after the other, and before the world ends. */
import type { TreePath } from "../../platform/yaml/yaml-tree.ts";
import { worldEndMs } from "./defaults.ts";
import { downtimeOf } from "./downtime.ts";
import type { Scenario } from "./scenario.ts";
import type { ScenarioTree } from "./scenario-tree.ts";

/** Throws CONFIG_INVALID. */
export function checkTimelines(scenario: Scenario, tree: ScenarioTree): void {
  const { epochs, provider, behaviours } = scenario;
  for (const [index, lie] of provider.lies.entries()) checkSpan(lie, ["provider", "lies", index], epochs, tree);
  for (const [index, entry] of behaviours.entries()) checkSpan(entry, ["behaviours", index], epochs, tree);
  checkBehaviours(scenario, tree);
  checkFaults(scenario, tree);
}

export interface Span {
  readonly fromEpoch: number;
  readonly toEpoch?: number;
}

/** Throws CONFIG_INVALID for a time that cannot be. */
export function checkSpan({ fromEpoch, toEpoch }: Span, path: TreePath, epochs: number, tree: ScenarioTree): void {
  if (fromEpoch > epochs) throw tree.invalid([...path, "fromEpoch"], fromEpoch, `at most ${epochs}, the last epoch`);
  if (toEpoch !== undefined && toEpoch < fromEpoch) {
    throw tree.invalid([...path, "toEpoch"], toEpoch, `at least fromEpoch (${fromEpoch})`);
  }
}

/** A machine is honest, or of one kind of liar, for its whole life. */
function checkBehaviours({ behaviours }: Scenario, tree: ScenarioTree): void {
  const known = new Map<string, number>();
  for (const [index, { auditors }] of behaviours.entries()) {
    for (const name of auditors) {
      const other = known.get(name);
      const expected = `one behaviour an auditor: ${name} has behaviours[${other}]`;
      if (other !== undefined) throw tree.invalid(["behaviours", index, "auditors"], name, expected);
      known.set(name, index);
    }
  }
}

function checkFaults({ faults, ...scenario }: Scenario, tree: ScenarioTree): void {
  const endMs = worldEndMs(scenario);
  for (const [index, { atMs }] of faults.entries()) {
    if (atMs >= endMs) {
      throw tree.invalid(["faults", index, "atMs"], atMs, `less than ${endMs}, when the world ends`);
    }
  }
  const spans = faults.map((fault, index) => ({ name: fault.node, ...downtimeOf(fault), index }));
  for (const { earlier, later } of overlaps(spans)) {
    const expected = `a time at which ${later.name} is up: faults[${earlier.index}] has it down from ${earlier.from} to ${earlier.to} ms`;
    throw tree.invalid(["faults", later.index, "atMs"], faults[later.index]?.atMs, expected);
  }
}

interface Occupied {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly index: number;
}

/** Pairs of one name of which one begins before the other, both ends included, has ended. */
function* overlaps(spans: readonly Occupied[]): Generator<{ earlier: Occupied; later: Occupied }> {
  const longest = new Map<string, Occupied>();
  for (const later of [...spans].sort((a, b) => a.from - b.from || a.index - b.index)) {
    const earlier = longest.get(later.name);
    if (earlier !== undefined && later.from <= earlier.to) yield { earlier, later };
    if (earlier === undefined || later.to > earlier.to) longest.set(later.name, later);
  }
}
