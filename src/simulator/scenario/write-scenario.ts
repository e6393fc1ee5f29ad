/** A scenario as a file that reads as the same scenario. */
import { stringify } from "yaml";
import type { Scenario } from "./scenario.ts";

/**
 * `comment`: lines at the top of the file, without their `#`. What is empty is left out; defaults are not, since they
 * may change.
 */
export function scenarioYaml(scenario: Scenario, comment: readonly string[] = []): string {
  const head = comment.map((line) => `# ${line}\n`).join("");
  return head + stringify(withoutEmpty(scenario), { lineWidth: 120, flowCollectionPadding: false });
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => !isEmpty(item));
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutEmpty(item)]));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
