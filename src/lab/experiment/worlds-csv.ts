/** worlds.csv: one row a world, its measures under dotted names. RFC 4180; what did not happen is an empty cell. */
import { csvRow } from "../csv.ts";
import type { FinishedWorld } from "./journal.ts";
import type { SweepPlan } from "./sweep-plan.ts";

/**
 * `worlds` in the order of the rows. Columns of measures are those that any world has, so they depend on nothing but
 * the worlds.
 */
export function* worldsCsv(plan: SweepPlan, worlds: readonly FinishedWorld[]): Generator<string> {
  const paths = plan.vary.map(({ path }) => path);
  const columns = measureColumns(worlds);
  yield csvRow(["point", "repeat", "seed", ...paths, ...columns, "traceHash"]);
  for (const { point, repeat, seed, measures, traceHash } of worlds) {
    const values = plan.points[point]?.values ?? {};
    const cells = flattened(measures);
    yield csvRow([
      ...[point, repeat, seed],
      ...paths.map((path) => values[path]),
      ...columns.map((column) => cells.get(column)),
      traceHash,
    ]);
  }
}

/**
 * In the order in which they first appear; a measure that is null in one world and has parts in another is its parts.
 */
function measureColumns(worlds: readonly FinishedWorld[]): string[] {
  const columns = new Set<string>();
  for (const { measures } of worlds) for (const column of flattened(measures).keys()) columns.add(column);
  const groups = new Set([...columns].flatMap(groupsOf));
  const ordered = [...columns].filter((column) => !groups.has(column));
  // A part that appears in a later world only stands beside the others of its group.
  const places = new Map([...groups, ...ordered].map((name) => [name, [...columns].findIndex((c) => isIn(c, name))]));
  const place = (column: string): number => places.get(groupsOf(column)[0] ?? column) ?? 0;
  return ordered.sort((a, b) => place(a) - place(b));
}

function groupsOf(column: string): string[] {
  const parts = column.split(".");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
}

function isIn(column: string, group: string): boolean {
  return column === group || column.startsWith(`${group}.`);
}

function flattened(value: object, prefix = "", into: Map<string, unknown> = new Map()): Map<string, unknown> {
  for (const [key, part] of Object.entries(value)) {
    if (typeof part === "object" && part !== null) flattened(part, `${prefix}${key}.`, into);
    else into.set(`${prefix}${key}`, part);
  }
  return into;
}
