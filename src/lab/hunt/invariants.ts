/**
 * What must hold in every world (docs/simulator.md, Hunting): looked at with every event, by somebody who sees all
 * machines and knows who lies. What holds only once everything has healed is in quiescence.ts.
 */
import { toHex } from "../../core/bytes.ts";
import { caseId, convictedBy } from "../../core/evidence.ts";
import { completeness } from "../../core/head.ts";
import type { Settlement } from "../../core/settlement.ts";
import type { CaseEvent } from "../../ledger/cases/case-changes.ts";
import type { LedgerEvent } from "../../ledger/ledger-types.ts";
import type { Client, ClientAnswer } from "../../simulator/clients/client.ts";
import type { KeyConclusion, Person } from "../../simulator/clients/person.ts";
import { AuditorMachine } from "../../simulator/machines/auditor-machine.ts";
import type { EndOfLife, Machine } from "../../simulator/machines/surroundings.ts";
import type { Fault, Scenario } from "../../simulator/scenario/scenario.ts";
import { PROVIDER_GUILT } from "../../simulator/world/guilt.ts";
import type { Branch } from "../../simulator/world/trace.ts";
import type { Onlooker, Violation } from "../../simulator/world/world-recorder.ts";

export interface InvariantModules {
  readonly machines: () => readonly Machine[];
  /** Since the world began. */
  readonly nowMs: () => number;
  readonly report: (violation: Violation) => void;
}

/**
 * How many entries a world's queue may hold for each machine: sleeps, messages under way, heartbeats. Of thirty worlds
 * the fullest held 60; a node takes in 250 heads, so that one entry a head that stays shows.
 */
const MAX_QUEUED_PER_MACHINE = 150;
/** After a second machine is gone, what it signed is on its way for so long at most. */
const ECHO_MS = 600_000;
/** Lies about keys that a proof cannot be made for. */
const PROVEN_WRONG: ReadonlySet<string> = new Set([
  "hidden-version",
  "forgotten-version",
  "other-vrf-key",
  "other-label",
]);

export class Invariants implements Onlooker {
  readonly #scenario: Scenario;
  readonly #modules: InvariantModules;
  /** By auditor and epoch: the digests that its honest machines signed, and when. */
  readonly #signed: Map<string, Map<string, number>> = new Map();
  /**
   * By machine: what it holds as far as it said, `auditor epoch digest`, and how complete the head is; what a power cut
   * took away is forgotten here too.
   */
  readonly held: Map<Machine, Map<string, number>> = new Map();
  /** Auditors for whom no promise can be kept: a backup was restored of which no peer knew what it lacks. */
  readonly excused: Set<string> = new Set();
  readonly #restored: ReadonlySet<string>;
  /** By machine with a restored disk: heads of its own that a peer held when a round with it ended, in this life. */
  readonly #shown: Map<Machine, Set<string>> = new Map();
  readonly #faults: readonly Fault[];
  /** By epoch, the branch of the digest that clients accepted. */
  readonly #accepted: Map<number, Branch> = new Map();

  constructor(scenario: Scenario, modules: InvariantModules) {
    this.#scenario = scenario;
    this.#modules = modules;
    const nodesWith = (wanted: Fault["kind"]): Set<string> =>
      new Set(scenario.faults.filter(({ kind }) => kind === wanted).map(({ node }) => node));
    this.#restored = nodesWith("restore-backup");
    this.#faults = scenario.faults;
  }

  statement(machine: Machine, event: Exclude<LedgerEvent, CaseEvent>): void {
    if (event.type !== "head") return;
    const { auditor, head, via } = event;
    const digest = toHex(head.digest);
    const held = this.held.get(machine) ?? new Map<string, number>();
    this.held.set(machine, held);
    const name = `${auditor} ${head.epoch} ${digest}`;
    if ((held.get(name) ?? 0) >= completeness(head)) this.#report("nothing is news twice", machine, name);
    held.set(name, completeness(head));
    if (via === "own" && machine instanceof AuditorMachine && machine.disk.claims === "damaged") {
      this.#report("whoever lost claims signs nothing", machine, `it signs epoch ${head.epoch}`);
    }
    if (via === "own" && machine.character === "honest") {
      const timestampMs = head.type === "signed-head" ? head.timestampMs : 0;
      this.#signs(machine, head.epoch, digest, timestampMs);
    }
  }

  /** At most one digest for an epoch, for ever, over crashes and restored backups; signed again, the same bytes. */
  #signs(machine: Machine, epoch: number, digest: string, timestampMs: number): void {
    const slot = `${machine.name} ${epoch}`;
    const before = this.#signed.get(slot) ?? new Map<string, number>();
    const [[otherDigest, otherMs] = []] = [...before];
    before.set(digest, timestampMs);
    this.#signed.set(slot, before);
    if (otherDigest === undefined || (otherDigest === digest && otherMs === timestampMs)) return;
    // Two machines of one key that see the same history sign it at two times, which harms nobody.
    if (otherDigest === digest && this.#runsTwice(machine.name)) return;
    // What no peer ever saw can't be guarded against; what one showed in a whole round has to be enough.
    const other = `${slot} ${otherDigest}`;
    const wasWarned = this.#shown.get(machine)?.has(other) === true || this.#everybodyHolds(machine, other);
    if (this.#wasRestored(machine.name) && !wasWarned) {
      this.excused.add(machine.name);
      return;
    }
    const what = otherDigest === digest ? "the same digest at two times" : "two digests";
    this.#report("no auditor signs an epoch twice", machine, `${what} for epoch ${epoch}`);
  }

  synced(machine: Machine, auditor: string): void {
    if (!this.#restored.has(machine.place)) return;
    const peers = this.#modules
      .machines()
      .filter(({ name, isUp, character }) => name === auditor && isUp && character === "honest")
      .map((peer) => this.held.get(peer) ?? new Map<string, number>());
    const shown = this.#shown.get(machine) ?? new Set();
    this.#shown.set(machine, shown);
    for (const head of peers[0]?.keys() ?? []) {
      if (head.startsWith(`${machine.name} `) && peers.every((held) => held.has(head))) shown.add(head);
    }
  }

  /** Once it resolves, what was settled is judged: until the node starts again nobody would judge it otherwise. */
  settled(machine: Machine, settlement: Settlement): void {
    const { ledger } = machine;
    const { namespace, first, trust } = settlement;
    const holds = ledger
      ?.settlementsThatHold()
      .some((one) => one.namespace === namespace && one.first === first && one.trust === trust);
    if (ledger === undefined || holds !== true) return;
    const id = caseId({ kind: "fork", namespace, epoch: first });
    const record = ledger.cases().find((one) => one.id === id);
    if (record?.state !== "open") return;
    this.#report("what is settled is judged", machine, `the fork of epoch ${first} is settled and open`);
  }

  #runsTwice(name: string): boolean {
    const nowMs = this.#modules.nowMs();
    return this.#faults.some(
      (fault) =>
        fault.kind === "second-machine" &&
        fault.node === name &&
        nowMs >= fault.atMs &&
        nowMs <= fault.atMs + fault.forMs + ECHO_MS,
    );
  }

  #wasRestored(name: string): boolean {
    const nowMs = this.#modules.nowMs();
    return this.#faults.some(({ kind, node, atMs }) => kind === "restore-backup" && node === name && nowMs >= atMs);
  }

  #everybodyHolds(except: Machine, head: string): boolean {
    return this.#modules
      .machines()
      .filter((machine) => machine !== except && machine.isUp && machine.character === "honest")
      .every((machine) => this.held.get(machine)?.has(head) === true);
  }

  case(machine: Machine, { record, type }: CaseEvent): void {
    if (machine.character !== "honest" || type === "case-explained") return;
    const convicted = convictedBy(record.subject, record.class);
    if (convicted === "provider" && !this.#scenario.provider.lies.some(({ kind }) => PROVIDER_GUILT.has(kind))) {
      this.#report("nobody convicts an honest provider", machine, record.class);
    }
    if (typeof convicted !== "object") return;
    const accused = this.#modules.machines().filter(({ name }) => name === convicted.auditor);
    const isGuilty = accused.some(({ character }) => character !== "honest") || this.excused.has(convicted.auditor);
    if (!isGuilty) this.#report("nobody convicts an honest auditor", machine, `${convicted.auditor} is convicted`);
  }

  /**
   * Ledgers only grow: what a life has seen is there in the next one too, unless power was lost or an old disk is put
   * in its place.
   */
  down(machine: Machine, why: EndOfLife): void {
    this.#shown.delete(machine);
    if (why === "power-cut" || this.#restored.has(machine.place)) this.held.delete(machine);
  }

  /** Digests that clients accept never contradict each other where two quorums share more auditors than lie. */
  answered(client: Client, answer: ClientAnswer): void {
    if (answer.result !== "satisfied" || !this.#areQuorumsHonest()) return;
    const before = this.#accepted.get(answer.epoch);
    this.#accepted.set(answer.epoch, answer.branch);
    if (before === undefined || before === answer.branch) return;
    const detail = `two digests for epoch ${answer.epoch}`;
    this.#modules.report({ rule: "accepted digests never contradict each other", who: client.name, detail });
  }

  /** What nobody can be made to believe: a key that its proof contradicts, or that no honest quorum stands behind. */
  concluded(person: Person, { about, lie, deceived, result }: KeyConclusion): void {
    if (
      !deceived ||
      !(lie === "swapped-key" || lie === "split" ? this.#areQuorumsHonest() : PROVEN_WRONG.has(lie ?? ""))
    )
      return;
    const detail = `the key of ${about} is ${result} on a lie, ${lie}`;
    this.#modules.report({ rule: "no key is taken that can be seen to be wrong", who: person.name, detail });
  }

  /** Any two quorums share more auditors than lie. */
  #areQuorumsHonest(): boolean {
    const liars = new Set(
      this.#modules
        .machines()
        .flatMap(({ name, character, role }) => (role === "auditor" && character !== "honest" ? [name] : [])),
    );
    const quorum = Math.min(...this.#scenario.clients.map((group) => group.quorum));
    return 2 * quorum - this.#scenario.auditors > liars.size + this.excused.size;
  }

  /** What is not bounded grows here first: sleeps that nobody ends, messages that nobody takes. */
  queued(pending: number): void {
    const bound = MAX_QUEUED_PER_MACHINE * this.#modules.machines().length;
    if (pending <= bound) return;
    const detail = `${pending} events are queued, more than ${bound}`;
    this.#modules.report({ rule: "memory is bounded", who: "world", detail });
  }

  #report(rule: string, { place }: Machine, detail: string): void {
    this.#modules.report({ rule, who: place, detail });
  }
}
