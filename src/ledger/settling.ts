/** What an operator settles about a fork (docs/protocol.md 7.4), made of what the ledger holds. */
import { utf8 } from "../core/bytes.ts";
import { CoauditError } from "../core/errors.ts";
import { convictedBy, FORK_GAP_EPOCHS } from "../core/evidence.ts";
import { type Settlement, TRUST_NONE } from "../core/settlement.ts";
import type { CaseRecord } from "./cases/case-record.ts";
import type { StatementStore } from "./statement-store.ts";
import { settlementKey } from "./store/keyspace.ts";
import type { Store } from "./store/store.ts";

export interface SettlingModules {
  readonly store: Store;
  readonly statements: StatementStore;
  caseOf(id: string): CaseRecord | undefined;
  /** Those of the roster file among them. */
  settlements(): readonly Settlement[];
  use(settlements: readonly Settlement[]): void;
  /** Runs after all commits before it; nothing else writes meanwhile. */
  commit<T>(work: () => Promise<T>): Promise<T>;
  /** Inside a commit. */
  rejudge(): Promise<void>;
}

type ForkName = Pick<Settlement, "namespace" | "first">;

export class Settling {
  readonly #modules: SettlingModules;
  /** Of the roster file: they stay when what was settled here is withdrawn. */
  #ofRosterFile: readonly Settlement[];

  constructor(modules: SettlingModules) {
    this.#modules = modules;
    this.#ofRosterFile = modules.settlements();
  }

  /** At start: what was settled on this node goes before what the roster file says of the same fork. */
  async load(): Promise<void> {
    for await (const settlement of this.#modules.statements.settlements()) this.#add(settlement);
  }

  /** Inside a commit: the roster file was read again. */
  async followRosterFile(settlements: readonly Settlement[]): Promise<void> {
    this.#ofRosterFile = settlements;
    this.#modules.use(settlements);
    await this.load();
  }

  /**
   * Settles a fork on a person's word: on disk, synced, before anything is judged by it. Undefined for an unknown id.
   * Throws CASE_NOT_SETTLEABLE.
   */
  settle(id: string, answer: Pick<Settlement, "trust" | "note">): Promise<Settlement | undefined> {
    return this.#modules.commit(async () => {
      const record = this.#modules.caseOf(id);
      if (record === undefined) return undefined;
      const settlement = await settlementOf(record, answer, this.#modules.statements);
      await this.#keep(settlement);
      return settlement;
    });
  }

  /** Takes over a settlement that somebody else made, on a person's word. */
  adopt(settlement: Settlement): Promise<void> {
    return this.#modules.commit(() => this.#keep(settlement));
  }

  /** Takes back what was settled here. False where nothing was; a settlement of the roster file stays. */
  withdraw(fork: ForkName): Promise<boolean> {
    return this.#modules.commit(async () => {
      const { store, settlements, use, rejudge } = this.#modules;
      const key = settlementKey(fork.namespace, fork.first);
      if ((await store.get(key)) === undefined) return false;
      await store.batch([{ type: "delete", key }], { sync: true });
      const others = settlements().filter((one) => !isSameFork(one, fork));
      use([...others, ...this.#ofRosterFile.filter((one) => isSameFork(one, fork))]);
      await rejudge();
      return true;
    });
  }

  async #keep(settlement: Settlement): Promise<void> {
    const key = settlementKey(settlement.namespace, settlement.first);
    await this.#modules.store.batch([{ type: "put", key, value: utf8(JSON.stringify(settlement)) }], { sync: true });
    this.#add(settlement);
    await this.#modules.rejudge();
  }

  #add(settlement: Settlement): void {
    const others = this.#modules.settlements().filter((one) => !isSameFork(one, settlement));
    this.#modules.use([...others, settlement]);
  }
}

function isSameFork(a: ForkName, b: ForkName): boolean {
  return a.namespace === b.namespace && a.first === b.first;
}

/**
 * `trust`: a digest at the first epoch of the case, or the first digits of one, or "none". Throws CASE_NOT_SETTLEABLE
 * for what is not an open fork that convicts, and for a digest that nobody named there.
 */
async function settlementOf(
  record: CaseRecord,
  { trust, note }: Pick<Settlement, "trust" | "note">,
  statements: StatementStore,
): Promise<Settlement> {
  const { id, subject, class: caseClass } = record;
  if (subject.kind === "auditor") {
    throw refused(id, `it is about an auditor: write \`retired:\` into the entry of ${subject.auditor} in the roster`);
  }
  if (subject.kind !== "fork" || convictedBy(subject, caseClass) === "nobody") {
    throw refused(id, "it is not a fork that convicts the provider; acknowledge it, or have its auditors look");
  }
  if (record.state === "settled") throw refused(id, "it is settled; withdraw that settlement first");
  if (record.state !== "open") throw refused(id, `it is ${record.state}: nothing is refused because of it`);
  const { namespace, epoch: first } = subject;
  const said = await statements.conflictAt(namespace, first);
  if (said === undefined) throw refused(id, `this node holds no differing heads for its epoch ${first}`);
  const sides: Record<string, string[]> = Object.fromEntries(said.providerDigests.map((digest) => [digest, []]));
  for (const [auditor, digest] of said.sides) sides[digest] = [...(sides[digest] ?? []), auditor];
  let last = record.last ?? first;
  for await (const [epoch] of statements.conflicts(namespace, last)) {
    if (epoch > last + FORK_GAP_EPOCHS) break;
    last = epoch;
  }
  return { namespace, first, last, sides, trust: trustedOf(trust, Object.keys(sides), id), note };
}

function trustedOf(trust: string, digests: readonly string[], id: string): string {
  if (trust === TRUST_NONE) return trust;
  const matching = digests.filter((digest) => trust.length > 0 && digest.startsWith(trust));
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only;
  const list = digests.map((digest) => digest.slice(0, 16)).join(", ");
  throw refused(id, `"${trust}" is not one of the digests at its first epoch (${list}) nor none`);
}

function refused(id: string, reason: string): CoauditError<"CASE_NOT_SETTLEABLE"> {
  return new CoauditError("CASE_NOT_SETTLEABLE", `case ${id.slice(0, 16)} cannot be settled: ${reason}`, {
    id,
    reason,
  });
}
