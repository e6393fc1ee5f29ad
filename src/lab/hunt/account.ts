/** What every honest node of a world holds at its end, and what all of it together proves. */
import { toHex } from "../../core/bytes.ts";
import { type DerivedCase, deriveCases } from "../../core/derive-cases.ts";
import { type AuditorHead, completeness } from "../../core/head.ts";
import type { Statement } from "../../core/statement.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { NAMESPACE } from "../../simulator/actors/histories.ts";
import type { Machine } from "../../simulator/machines/surroundings.ts";

export interface Account {
  readonly machine: Machine;
  readonly ledger: Ledger;
  /** `auditor epoch digest...`, of auditors that nobody convicted. */
  readonly heads: ReadonlyMap<string, string>;
  readonly convicted: string;
  /** `id class`, of open cases, sorted. */
  readonly cases: readonly string[];
  readonly statements: readonly Statement[];
  /** The cases that the statements of all make for this reader, by the pure definition: no node was asked. */
  readonly due: readonly DerivedCase[];
}

/** Of the machines that are up; the world's time must go on meanwhile where reading takes time. */
export async function accountsOf(machines: readonly Machine[]): Promise<Account[]> {
  const accounts: Omit<Account, "due">[] = [];
  for (const machine of machines) {
    if (machine.ledger !== undefined) accounts.push(await account(machine, machine.ledger));
  }
  const everything = [...new Set(accounts.flatMap(({ statements }) => statements))];
  return accounts.map((one) => ({ ...one, due: deriveCases(everything, one.ledger.assumptions) }));
}

async function account(machine: Machine, ledger: Ledger): Promise<Omit<Account, "due">> {
  const { statements, assumptions, convicted } = ledger;
  const heads = new Map<string, string>();
  const all: Statement[] = [];
  for (const auditor of assumptions.roster.names) {
    for await (const [epoch, slot] of statements.headSlots(NAMESPACE, auditor, 0, Number.MAX_SAFE_INTEGER)) {
      const said = statements.statementsOf<AuditorHead>(slot).map(({ statement }) => statement);
      all.push(...said);
      if (convicted.has(auditor)) continue;
      heads.set(`${auditor} ${epoch}`, said.map((head) => `${toHex(head.digest)}/${completeness(head)}`).join(" "));
    }
  }
  for await (const { observation } of statements.observations(NAMESPACE)) all.push(observation);
  const open = ledger.cases().filter(({ state }) => state === "open");
  return {
    machine,
    ledger,
    heads,
    convicted: [...convicted].sort().join(" "),
    cases: open.map(({ id, class: caseClass }) => `${id} ${caseClass}`).sort(),
    statements: all,
  };
}
