/**
 * The summary.json of a run or of a sweep, as far as a report relies on it. Files may come from others: what is not as
 * expected is refused.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Scenario } from "../../simulator/scenario/scenario.ts";
import type { WorldMeasures } from "../../simulator/world/measures.ts";
import type { PointEstimates } from "../statistics/point-estimates.ts";
import { invalidResult } from "./lines.ts";
import { complaintOfRun, complaintOfSweep, isObject } from "./summary-shape.ts";
import { refuseUnfinished } from "./unfinished.ts";

interface SummaryHead {
  readonly folder: string;
  readonly coaudit: string;
  readonly commit: string | null;
  readonly node: string;
  readonly command: readonly string[];
  readonly seed: number;
  readonly scenarioHash: string;
  readonly scenario: Scenario;
}

export interface RunSummary extends SummaryHead {
  readonly kind: "run";
  readonly traceHash: string;
  readonly measures: WorldMeasures;
}

export type VariedValue = string | number | boolean | null;

export interface SweepSummary extends SummaryHead {
  readonly kind: "sweep";
  readonly vary: readonly { readonly path: string; readonly values: readonly VariedValue[] }[];
  readonly repeats: number;
  readonly points: readonly (SweepPointHead & PointEstimates)[];
}

interface SweepPointHead {
  readonly values: Readonly<Record<string, VariedValue>>;
  /** What every result of the point has to say of its scenario. */
  readonly warning: string | null;
}

export async function readSummary(folder: string): Promise<RunSummary | SweepSummary> {
  const file = join(folder, "summary.json");
  await refuseUnfinished(folder);
  const summary = await readObject(file);
  const expect = (isRight: boolean, what: string): void => {
    if (!isRight) throw invalidResult(file, `${what}; this is not a summary of \`coaudit sim run\` or \`sim sweep\``);
  };
  for (const name of ["coaudit", "node", "scenarioHash"])
    expect(typeof summary[name] === "string", `"${name}" is not a text`);
  expect(typeof summary["seed"] === "number", '"seed" is not a number');
  const command = summary["command"];
  expect(
    Array.isArray(command) && command.every((word) => typeof word === "string"),
    '"command" is not a list of words',
  );
  expect(isObject(summary["scenario"]), '"scenario" is not an object');
  const scenario = summary["scenario"] as Record<string, unknown>;
  for (const name of ["title", "about"]) expect(typeof scenario[name] === "string", `"scenario.${name}" is not a text`);
  for (const name of ["behaviours", "faults", "clients"])
    expect(Array.isArray(scenario[name]), `"scenario.${name}" is not a list`);
  expect(isObject(scenario["provider"]), '"scenario.provider" is not an object');
  if (summary["kind"] === "run") {
    const complaint = complaintOfRun(summary);
    expect(complaint === undefined, complaint ?? "");
    return { ...(summary as unknown as RunSummary), folder };
  }
  expect(summary["kind"] === "sweep", '"kind" is neither "run" nor "sweep"');
  const vary = summary["vary"];
  const isVary = (one: unknown): boolean =>
    isObject(one) && typeof one["path"] === "string" && Array.isArray(one["values"]);
  expect(Array.isArray(vary) && vary.every(isVary), '"vary" is not a list of paths with values');
  const complaint = complaintOfSweep(summary);
  expect(complaint === undefined, complaint ?? "");
  return { ...(summary as unknown as SweepSummary), folder };
}

async function readObject(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw invalidResult(
      file,
      "it cannot be read; name the folder that `coaudit sim run --out` or `sim sweep --out` wrote",
      error,
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    throw invalidResult(file, "it is not JSON", error);
  }
  throw invalidResult(file, "it is not a JSON object");
}
