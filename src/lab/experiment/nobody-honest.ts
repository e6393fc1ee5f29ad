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
