/** Writes what a finished sweep leaves behind: worlds.csv and summary.json, each wholly or not at all. */
import { join } from "node:path";
import { CoauditError } from "../../core/errors.ts";
import { replaceFile } from "../../platform/replace-file.ts";
import { estimatePoint } from "../statistics/point-estimates.ts";
import type { FinishedWorld, Journal } from "./journal.ts";
import { nobodyHonest } from "./nobody-honest.ts";
import type { Provenance } from "./provenance.ts";
import { type SweepPlan, worldsOf } from "./sweep-plan.ts";
import { worldsCsv } from "./worlds-csv.ts";

/** Throws SWEEP_INCOMPLETE while a world is missing. */
export async function writeSweep(
  folder: string,
  provenance: Provenance,
  plan: SweepPlan,
  journal: Journal,
): Promise<void> {
  const worlds: FinishedWorld[] = [];
  for (const world of worldsOf(plan)) {
    const finished = journal.get(world);
    if (finished === undefined) throw incomplete(plan, journal, 0);
    worlds.push(finished);
  }
  await replaceFile(join(folder, "worlds.csv"), worldsCsv(plan, worlds));
  const points = plan.points.map(({ values, scenario, scenarioHash }, point) => {
    const measures = worlds.slice(point * plan.repeats, (point + 1) * plan.repeats).map((world) => world.measures);
    return { values, scenarioHash, warning: nobodyHonest(scenario) ?? null, ...estimatePoint(measures) };
  });
  const { seed, scenarioHash, scenario, vary, repeats } = plan;
  const summary = { ...provenance, kind: "sweep", seed, scenarioHash, scenario, vary, repeats, points };
  await replaceFile(join(folder, "summary.json"), `${JSON.stringify(summary, undefined, 2)}\n`);
}

export function incomplete(plan: SweepPlan, journal: Journal, failed: number): CoauditError {
  const worlds = plan.points.length * plan.repeats;
  const done = journal.size;
  const why = failed === 0 ? "stopped" : `${failed} worlds failed`;
  const message = `${why}: ${done} of ${worlds} worlds are done and kept; run the same command again to continue`;
  return new CoauditError("SWEEP_INCOMPLETE", message, { done, worlds, failed });
}
