/**
 * Whether anybody else of the roster audits what this node audits: a namespace or an origin with a wrong letter in it
 * looks, for as long as it runs, like a log that others have not got round to.
 */
import { compareText } from "../core/bytes.ts";
import { NOW_EPOCH } from "../core/roster.ts";
import type { AuditorRecord } from "../core/statement.ts";
import { decodeStatement } from "../core/statement-codec.ts";
import type { Ledger } from "../ledger/ledger.ts";

/** What nobody else has, and what they have in its place. */
export interface Unshared {
  readonly what: "namespace" | "origin";
  readonly theirs: readonly string[];
}

export class SharedNames {
  readonly #ownName: string;
  readonly #ledger: Ledger;
  /** By other auditor: the namespaces of its newest record. All three grow with the roster alone. */
  readonly #namespaces: Map<string, readonly string[]> = new Map();
  /** By namespace of this node: the other origins under which auditors signed it. */
  readonly #origins: Map<string, Map<string, string>> = new Map();
  /** Namespaces in which a head of another auditor was taken. */
  readonly #shared: Set<string> = new Set();

  private constructor(ownName: string, ledger: Ledger) {
    this.#ownName = ownName;
    this.#ledger = ledger;
  }

  static async open(
    options: { ownName: string; namespaces: readonly string[] },
    { ledger }: { ledger: Ledger },
  ): Promise<SharedNames> {
    const names = new SharedNames(options.ownName, ledger);
    for await (const bytes of ledger.statements.records()) names.#learn(decodeStatement(bytes) as AuditorRecord);
    for (const namespace of options.namespaces) {
      const others = names.#others(namespace);
      if (others.some((name) => ledger.height(namespace, name) > 0)) names.#shared.add(namespace);
    }
    ledger.onEvent((event) => {
      if (event.type === "record") names.#learn(event.record);
      if (event.type === "head" && event.auditor !== options.ownName) names.#shared.add(event.head.namespace);
      if (event.type === "origin-mismatch") names.#otherOrigin(event.auditor, event.head);
    });
    return names;
  }

  /** Undefined when somebody shares it, and while nobody has said anything. */
  unshared(namespace: string): Unshared | undefined {
    if (this.#shared.has(namespace)) return undefined;
    const origins = this.#origins.get(namespace);
    if (origins !== undefined) return { what: "origin", theirs: distinct(origins.values()) };
    const others = this.#others(namespace).flatMap((name) => this.#namespaces.get(name) ?? []);
    if (others.length === 0 || others.includes(namespace)) return undefined;
    return { what: "namespace", theirs: distinct(others) };
  }

  #others(namespace: string): string[] {
    const members = this.#ledger.assumptions.roster.membersAt(namespace, NOW_EPOCH);
    return members.filter((name) => name !== this.#ownName);
  }

  #learn({ name, roots }: AuditorRecord): void {
    if (name === this.#ownName) return;
    this.#namespaces.set(
      name,
      roots.map(({ namespace }) => namespace),
    );
  }

  #otherOrigin(auditor: string, { namespace, origin }: { namespace: string; origin: string }): void {
    const origins = this.#origins.get(namespace) ?? new Map<string, string>();
    this.#origins.set(namespace, origins.set(auditor, origin));
  }
}

function distinct(names: Iterable<string>): string[] {
  return [...new Set(names)].sort(compareText);
}
