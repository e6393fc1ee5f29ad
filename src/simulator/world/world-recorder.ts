/**
 * Watches a world from outside: writes the trace and notes when what was known by whom. Sees which history is the true
 * one, as no node does.
 */

import { convictedBy } from "../../core/evidence.ts";
import type { Settlement } from "../../core/settlement.ts";
import type { CaseEvent } from "../../ledger/cases/case-changes.ts";
import type { LedgerEvent } from "../../ledger/ledger-types.ts";
import type { Histories } from "../actors/histories.ts";
import type { Client, ClientAnswer, ClientWatcher } from "../clients/client.ts";
import type { KeyConclusion, Person, PersonWatcher } from "../clients/person.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import type { EndOfLife, Machine, MachineWatcher } from "../machines/surroundings.ts";
import { DelayCounts } from "./delay-counts.ts";
import { KeyTally } from "./key-tally.ts";
import type { Branch, Trace } from "./trace.ts";

/** Somebody else who looks on: the rules of a hunt. */
export interface Onlooker {
  down(machine: Machine, why: EndOfLife): void;
  statement(machine: Machine, event: Exclude<LedgerEvent, CaseEvent>): void;
  case(machine: Machine, event: CaseEvent): void;
  synced(machine: Machine, auditor: string): void;
  settled(machine: Machine, settlement: Settlement): void;
  answered(client: Client, answer: ClientAnswer): void;
  concluded?(person: Person, conclusion: KeyConclusion): void;
}

export interface WorldRecorderModules {
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly histories: Histories;
  readonly onlooker?: Onlooker;
}

/** What somebody did that a node or a world must not do. */
export interface Violation {
  readonly rule: string;
  readonly who: string;
  readonly detail: string;
}

/** When a machine first held a case about the lie, and first convicted somebody; microseconds. */
export interface Knowledge {
  readonly noticedUs: number;
  convictedUs: number | undefined;
}

export class WorldRecorder implements MachineWatcher, ClientWatcher, PersonWatcher {
  readonly #modules: WorldRecorderModules;
  readonly knowledge: Map<Machine, Knowledge> = new Map();
  readonly violations: Violation[] = [];
  /** What the onlooker threw first. */
  failure: unknown;
  readonly answers: Map<string, number> = new Map();
  readonly headDelays: DelayCounts = new DelayCounts();
  readonly keys: KeyTally = new KeyTally();
  /** First signing of each (auditor, epoch, branch), microseconds; forgotten with old epochs. */
  readonly #signedUs: Map<string, number> = new Map();
  /** The newest epoch of the other history that each client accepted: asking again about it accepts nothing more. */
  readonly #acceptedFork: Map<string, number> = new Map();
  lieBeganUs: number | undefined;
  lieBeganEpoch: number | undefined;
  clientNoticedUs: number | undefined;
  signedHeads = 0;
  victimAccepted = 0;
  cases = 0;

  constructor(modules: WorldRecorderModules) {
    this.#modules = modules;
  }

  up(machine: Machine): void {
    this.#modules.trace.add({ what: "up", who: machine.place, life: machine.life });
  }

  down(machine: Machine, why: EndOfLife): void {
    this.#modules.trace.add({ what: "down", who: machine.place, life: machine.life, why });
    this.#tell((onlooker) => onlooker.down(machine, why));
    // What it knows outlives it only as far as its disk does: it tells again when it is up.
    this.knowledge.delete(machine);
  }

  statement(machine: Machine, event: Exclude<LedgerEvent, CaseEvent>): void {
    this.#tell((onlooker) => onlooker.statement(machine, event));
    if (event.type !== "head") return;
    const { auditor, head, via } = event;
    const { trace, histories, scheduler } = this.#modules;
    const branch = histories.branchOf(head.epoch, head.digest);
    const id = `${auditor} ${head.epoch} ${branch}`;
    if (via === "own") {
      this.signedHeads++;
      if (!this.#signedUs.has(id)) this.#signedUs.set(id, scheduler.nowUs);
      trace.add({ what: "signed", who: machine.place, epoch: head.epoch, branch });
      return;
    }
    const signedUs = this.#signedUs.get(id);
    if (signedUs !== undefined) this.headDelays.add((scheduler.nowUs - signedUs) / 1000);
    trace.add({ what: "head", who: machine.place, of: auditor, epoch: head.epoch, branch, via });
  }

  case(machine: Machine, event: CaseEvent): void {
    this.#tell((onlooker) => onlooker.case(machine, event));
    const { type, record } = event;
    const { trace, scheduler } = this.#modules;
    if (type === "case-explained") {
      trace.add({ what: "case-explained", who: machine.place, id: record.id });
      return;
    }
    const about = record.subject.kind === "auditor" ? record.subject.auditor : record.subject.kind;
    trace.add({ what: "case", who: machine.place, id: record.id, class: record.class, about });
    if (type === "case-opened") this.cases++;
    if (machine.character !== "honest") return;
    const held = this.knowledge.get(machine) ?? { noticedUs: scheduler.nowUs, convictedUs: undefined };
    if (convictedBy(record.subject, record.class) !== "nobody") held.convictedUs ??= scheduler.nowUs;
    this.knowledge.set(machine, held);
  }

  synced(machine: Machine, auditor: string): void {
    this.#tell((onlooker) => onlooker.synced(machine, auditor));
  }

  settled(machine: Machine, settlement: Settlement): void {
    this.#tell((onlooker) => onlooker.settled(machine, settlement));
  }

  shown(to: string, epoch: number, branch: Branch): void {
    if (branch === "main") return;
    this.#modules.trace.add({ what: "shown", who: to, epoch, branch });
    this.lied(epoch);
  }

  /** Somebody was told something untrue. */
  lied(epoch: number): void {
    this.lieBeganUs ??= this.#modules.scheduler.nowUs;
    this.lieBeganEpoch ??= epoch;
  }

  failed(machine: Machine, error: unknown): void {
    const detail = error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error);
    this.violations.push({ rule: "a machine does not fail by itself", who: machine.place, detail });
  }

  answered(client: Client, answer: ClientAnswer): void {
    this.#tell((onlooker) => onlooker.answered(client, answer));
    const { result, epoch, branch, asked } = answer;
    this.#modules.trace.add({ what: "answer", who: client.name, result, epoch, branch, asked });
    this.answers.set(result, (this.answers.get(result) ?? 0) + 1);
    if (result === "satisfied" && branch === "fork" && epoch > (this.#acceptedFork.get(client.name) ?? 0)) {
      this.#acceptedFork.set(client.name, epoch);
      this.victimAccepted++;
    }
    if (NOTICES.has(result) && this.lieBeganUs !== undefined) this.clientNoticedUs ??= this.#modules.scheduler.nowUs;
  }

  concluded(person: Person, conclusion: KeyConclusion): void {
    this.#tell((onlooker) => onlooker.concluded?.(person, conclusion));
    const { trace, scheduler } = this.#modules;
    trace.add({ what: "key-answer", who: person.name, ...conclusion });
    this.keys.add(person.name, conclusion, { nowUs: scheduler.nowUs, isLieTold: this.lieBeganUs !== undefined });
    if (conclusion.result === "alarm" && this.lieBeganUs !== undefined) this.clientNoticedUs ??= scheduler.nowUs;
  }

  /**
   * Not thrown on: the ledger tells its listeners in the middle of what a node does, which would take it for a failure
   * of its own.
   */
  #tell(look: (onlooker: Onlooker) => void): void {
    const { onlooker } = this.#modules;
    if (onlooker === undefined) return;
    try {
      look(onlooker);
    } catch (error) {
      this.failure ??= error;
    }
  }
}

/** Answers that tell a client that somebody lies. */
const NOTICES: ReadonlySet<string> = new Set([
  "conflict",
  "wrong-digest",
  "nodes-disagree",
  "differs-from-another-client",
]);
