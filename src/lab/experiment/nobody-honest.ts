/** Whether anybody is left in a scenario, or at a sweep's points, who could notice anything. */
import { counted } from "../../core/counted.ts";
import type { Scenario } from "../../simulator/scenario/scenario.ts";

/**
 * What a result has to say of a scenario in which no auditor is left that could notice anything; undefined where one
 * is. A lagging auditor is honest.
 */
export function nobodyHonest({ auditors, observers, behaviours }: Scenario): string | undefined {
  const liars = new Set(behaviours.filter(({ kind }) => kind !== "lagging").flatMap((one) => one.auditors));
  if (liars.size < auditors) return undefined;
  const rest =
    observers === 0
      ? "no honest node is there to notice or convict anything"
      : "only observers are honest, and nothing that auditors sign is";
  return `Every auditor lies or is silent: ${rest}, and "never" says nothing about the protocol.`;
}

/** The same of a sweep, of what holds at each of its points: something else may hold of the scenario as written. */
export function nobodyHonestAt(points: readonly (string | null)[]): string | undefined {
  const warnings = points.flatMap((warning) => warning ?? []);
  const [first] = warnings;
  if (first === undefined || points.length === 1) return first;
  return `At ${warnings.length} of ${counted(points.length, "point")}: ${first}`;
}
