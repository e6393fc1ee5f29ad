/** Whom a scenario file means: names, numbers, `count: 2` and `share: 0.5` become names. */
import type { TreePath } from "../../platform/yaml/yaml-tree.ts";
import { auditorName, clientName, observerName } from "./entity-names.ts";
import type { ScenarioTree } from "./scenario-tree.ts";
import type { Selection, WrittenName } from "./written-scenario.ts";

export interface Population {
  readonly auditors: number;
  readonly observers: number;
  readonly clients: number;
}

/** Of whom a list may name anybody; a count, a share and a number are of the first of these that it has. */
export type Among = "auditors" | "nodes" | "clients" | "everybody";

export class Names {
  readonly #tree: ScenarioTree;
  readonly #auditors: readonly string[];
  readonly #clients: readonly string[];
  readonly #known: Readonly<Record<Among, ReadonlySet<string>>>;

  constructor(population: Population, tree: ScenarioTree) {
    this.#tree = tree;
    this.#auditors = numbered(population.auditors, auditorName);
    this.#clients = numbered(population.clients, clientName);
    const nodes = [...this.#auditors, ...numbered(population.observers, observerName)];
    this.#known = {
      auditors: new Set(this.#auditors),
      nodes: new Set(nodes),
      clients: new Set(this.#clients),
      everybody: new Set([...nodes, ...this.#clients]),
    };
  }

  /** In the order written; a count and a share are the last ones. Throws CONFIG_INVALID, as all of these do. */
  select(selection: Selection, among: Among, path: TreePath): string[] {
    if (!("count" in selection) && !("share" in selection)) return this.#list(selection, among, path);
    const pool = among === "clients" ? this.#clients : this.#auditors;
    const what = among === "clients" ? "clients" : "auditors";
    if ("share" in selection) return lastOf(pool, shareOf(selection.share, pool.length));
    if (selection.count > pool.length) {
      throw this.#tree.invalid(
        [...path, "count"],
        selection.count,
        `at most ${pool.length}: there are no more ${what}`,
      );
    }
    return lastOf(pool, selection.count);
  }

  /** One, or several as above. */
  oneOrMore(written: Selection | WrittenName, among: Among, path: TreePath): string[] {
    return typeof written === "object" ? this.select(written, among, path) : [this.one(written, among, path)];
  }

  one(written: WrittenName, among: Among, path: TreePath): string {
    const pool = among === "clients" ? this.#clients : this.#auditors;
    const name = typeof written === "number" ? pool[written - 1] : written;
    if (name !== undefined && this.#known[among].has(name)) return name;
    throw this.#tree.unknownName(path, written, this.#expected(among), [...this.#known[among]]);
  }

  #list(written: readonly WrittenName[], among: Among, path: TreePath): string[] {
    const seen = new Set<string>();
    for (const [index, entry] of written.entries()) {
      const name = this.one(entry, among, [...path, index]);
      if (seen.has(name)) throw this.#tree.invalid([...path, index], entry, "everybody once");
      seen.add(name);
    }
    return [...seen];
  }

  #expected(among: Among): string {
    const [first, last] = [[...this.#known[among]][0], [...this.#known[among]].at(-1)];
    const what = { auditors: "an auditor", nodes: "a node", clients: "a client", everybody: "a node or client" }[among];
    return first === undefined ? `nobody: the scenario has no ${among}` : `${what}, ${first} to ${last}`;
  }
}

/** Rounded down, so that half of five is a minority; but a share above 0 is somebody. */
function shareOf(share: number, of: number): number {
  // 0.29 * 100 is 28.999999999999996.
  return share === 0 ? 0 : Math.min(of, Math.max(1, Math.floor(share * of + 1e-9)));
}

function lastOf(pool: readonly string[], count: number): string[] {
  return pool.slice(pool.length - count);
}

function numbered(count: number, name: (number: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => name(index + 1));
}
