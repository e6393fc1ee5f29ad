/** People who agree on what a fork was, and settle it on every node in the same way (docs/protocol.md 7.4). */
import { toHex } from "../../core/bytes.ts";
import { convictedBy } from "../../core/evidence.ts";
import { type Settlement, TRUST_NONE } from "../../core/settlement.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Histories } from "../actors/histories.ts";
import type { Machine, MachineWatcher } from "../machines/surroundings.ts";

export interface PeopleModules {
  readonly machines: () => readonly Machine[];
  readonly histories: Histories;
  readonly watcher: Pick<MachineWatcher, "settled">;
}

export class People {
  readonly #trust: "main" | "none";
  readonly #modules: PeopleModules;
  /** Made once, on one node; the others take these over. */
  readonly #settlements: Settlement[] = [];

  constructor(options: { readonly trust: "main" | "none" }, modules: PeopleModules) {
    this.#trust = options.trust;
    this.#modules = modules;
  }

  /** One of them looks at the forks that convict the provider there. */
  settleAt(machine: Machine): void {
    const { ledger } = machine;
    if (ledger === undefined || this.#settlements.length > 0) return;
    for (const { id, subject, class: caseClass, state } of ledger.cases()) {
      if (state !== "open" || subject.kind !== "fork" || convictedBy(subject, caseClass) !== "provider") continue;
      const trust = this.#trust === "main" ? toHex(this.#modules.histories.digest(subject.epoch, "main")) : TRUST_NONE;
      ledger.settling.settle(id, { trust, note: "people agreed" }).then(
        (settlement) => {
          if (settlement === undefined) return;
          this.#settlements.push(settlement);
          this.#tellOf(settlement, machine, ledger);
        },
        // Nobody signed the main history there, or the disk is full.
        () => undefined,
      );
    }
  }

  /** Whoever has not heard of it yet, or has forgotten it with a disk, takes it over. */
  spread(): void {
    for (const machine of this.#modules.machines()) {
      const { ledger, character } = machine;
      if (ledger === undefined || character === "liar") continue;
      for (const settlement of this.#settlements) {
        if (holds(ledger, settlement)) continue;
        ledger.settling.adopt(settlement).then(
          () => this.#tellOf(settlement, machine, ledger),
          () => undefined,
        );
      }
    }
  }

  #tellOf(settlement: Settlement, machine: Machine, ledger: Ledger): void {
    if (machine.ledger === ledger) this.#modules.watcher.settled(machine, settlement);
  }
}

function holds(ledger: Ledger, { namespace, first }: Settlement): boolean {
  return (ledger.assumptions.settlements ?? []).some((one) => one.namespace === namespace && one.first === first);
}
