/**
 * Every statement this node knows, and the one door by which one enters: `receive`. Gossip, head sync and this node's
 * own auditor all come in here, and the table of checks (docs/protocol.md 6) lives in the intake files beside
 * this one.
 *
 * Signatures are verified outside, everything is stored inside a commit; commits run one after the other and look at
 * the store again, so two conflicting heads that are in validation at once still meet. [a check before an await is
 * stale after it]
 */
import { utf8 } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import type { SignatureVerifier } from "../core/ed25519.ts";
import { CoauditError } from "../core/errors.ts";
import type { Assumptions } from "../core/evidence.ts";
import { type AuditorHead, verifyHead } from "../core/head.ts";
import type { Roster } from "../core/roster.ts";
import { Serial } from "../core/serial.ts";
import type { Settlement } from "../core/settlement.ts";
import type { Statement } from "../core/statement.ts";
import { CaseBook } from "./cases/case-book.ts";
import type { CaseChanges } from "./cases/case-changes.ts";
import type { CaseRecord } from "./cases/case-record.ts";
import { type CaseSources, caseSources } from "./cases/case-sources.ts";
import { remakeConflictRows } from "./cases/conflict-rows.ts";
import { exhibitsWithConvictions } from "./cases/exhibits.ts";
import { refuseDeletedAuditors } from "./deleted-auditors.ts";
import type { EpochView } from "./epoch-view.ts";
import { HeadCounts } from "./head-counts.ts";
import { HeadIntake } from "./head-intake.ts";
import { Heights } from "./heights.ts";
import type { HeadVerifier, IntakeContext } from "./intake-context.ts";
import type { LedgerEvent, LedgerOptions, ReaderAssumptions, Via } from "./ledger-types.ts";
import type { Outcome, OutcomeListener } from "./outcome.ts";
import { RecordIntake } from "./record-intake.ts";
import { raiseHeights, rotated } from "./roster-in-store.ts";
import { Settling } from "./settling.ts";
import { type StatementDecoder, StatementStore } from "./statement-store.ts";
import { bindingKey } from "./store/keyspace.ts";
import type { Store, StoreOperation } from "./store/store.ts";
import { StoredRoots } from "./stored-roots.ts";

export interface LedgerModules {
  readonly store: Store;
  readonly clock: Clock;
  readonly verifier: SignatureVerifier;
  /** Default: core/statement-codec.ts, whose answers are frozen and may be shared. */
  readonly decode?: StatementDecoder | undefined;
  /** Default: with the verifier above. */
  readonly verifyHead?: HeadVerifier | undefined;
  /**
   * True when this node's claims yield exactly these signatures. Asked for heads under the own key that come from
   * elsewhere.
   */
  readonly ownClaimsYield?: ((head: AuditorHead) => Promise<boolean>) | undefined;
}

export class Ledger {
  /** Where the audit of each namespace begins. */
  readonly roots: StoredRoots;
  readonly #options: LedgerOptions;
  readonly #modules: LedgerModules;
  readonly #serial = new Serial();
  readonly #statements: StatementStore;
  readonly #caseBook: CaseBook;
  readonly #heights: Heights;
  readonly #settling: Settling;
  readonly #headIntake: HeadIntake;
  readonly #recordIntake: RecordIntake;
  readonly #listeners: Set<(event: LedgerEvent) => void> = new Set();
  readonly #outcomes: Map<Outcome, number> = new Map();
  readonly headCounts: HeadCounts = new HeadCounts();
  #assumptions: Assumptions;

  private constructor(options: LedgerOptions, modules: LedgerModules) {
    this.#options = options;
    this.#modules = modules;
    this.roots = new StoredRoots(modules.store);
    const origins = new Map(options.namespaces.map(({ namespace, origin }) => [namespace, origin]));
    const { roster, faultBound, providerKeys, settlements = [] } = options;
    this.#assumptions = { roster, faultBound, origins, providerKeys, settlements };
    this.#statements = new StatementStore(modules.store, modules.decode);
    const assumptions = (): Assumptions => this.#assumptions;
    this.#heights = new Heights(assumptions);
    this.#caseBook = new CaseBook({ clock: modules.clock, assumptions, sources: this.#caseSources() });
    const { clock, verifier, ownClaimsYield } = modules;
    const context: IntakeContext = {
      clock,
      verifier,
      verifyHead: modules.verifyHead ?? ((head) => verifyHead(head, { verifier })),
      ownClaimsYield,
      assumptions,
      statements: this.#statements,
      caseBook: this.#caseBook,
      heights: this.#heights,
      commit: (work) => this.#serial.run(work),
      write: (operations, changes) => this.#write(operations, changes),
      emit: (event) => this.#emit(event),
      rejudge: () => this.#rejudge(),
      useRoster: (next) => {
        this.#assumptions = { ...this.#assumptions, roster: next };
      },
    };
    this.#settling = new Settling({
      store: modules.store,
      statements: this.#statements,
      caseOf: (id) => this.caseOf(id),
      settlements: () => this.#assumptions.settlements ?? [],
      use: (next) => {
        this.#assumptions = { ...this.#assumptions, settlements: next };
      },
      commit: (work) => this.#serial.run(work),
      rejudge: async () => this.#write([], await this.#rejudge()),
    });
    this.#headIntake = new HeadIntake(options, context);
    this.#recordIntake = new RecordIntake(context);
  }

  /**
   * Throws LEDGER_ORIGIN_CHANGED when a namespace was bound to another origin before, LEDGER_AUDITOR_MISSING, and the
   * store's own errors.
   */
  static async open(options: LedgerOptions, modules: LedgerModules): Promise<Ledger> {
    const ledger = new Ledger(options, modules);
    await ledger.#load();
    return ledger;
  }

  /**
   * Takes one encoded statement. Never throws for what a stranger can put into it; store errors are thrown.
   */
  async receive(bytes: Uint8Array, via: Via, note?: OutcomeListener): Promise<Outcome> {
    const statement = this.decode(bytes);
    if (statement !== undefined) return this.receiveDecoded(statement, bytes, via, note);
    note?.({ type: undefined, sizeBytes: bytes.length }, "malformed");
    return this.#count("malformed");
  }

  /** Undefined for what is not exactly one canonical statement. */
  decode(bytes: Uint8Array): Statement | undefined {
    return this.#statements.tryDecode(bytes);
  }

  /** `receive` for somebody who has decoded these very bytes already. */
  async receiveDecoded(statement: Statement, bytes: Uint8Array, via: Via, note?: OutcomeListener): Promise<Outcome> {
    const outcome = await this.#dispatch(statement, bytes, via, note);
    note?.({ type: statement.type, sizeBytes: bytes.length }, outcome);
    if (statement.type === "signed-head" || statement.type === "half-head") {
      this.headCounts.note(this.#assumptions.roster.byKey(statement.publicKey)?.auditor.name ?? "", outcome);
    }
    return this.#count(outcome);
  }

  /** Receives again what was held back because its time had not come. */
  async releaseDue(): Promise<void> {
    for (const { bytes, via } of this.#headIntake.takeDue()) await this.receive(bytes, via);
  }

  /** When releaseDue has something to do next, unix ms; undefined: nothing is held back. */
  get nextDueMs(): number | undefined {
    return this.#headIntake.nextDueMs;
  }

  onEvent(listener: (event: LedgerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Judges everything anew by what its reader believes now, as the next start would. Throws LEDGER_AUDITOR_MISSING,
   * after which nothing has changed.
   */
  reassume({ roster, faultBound, providerKeys, settlements = [] }: ReaderAssumptions): Promise<void> {
    return this.#serial.run(async () => {
      await refuseDeletedAuditors({ ...this.#options, roster }, this.#statements);
      this.#assumptions = { ...this.#assumptions, faultBound, providerKeys };
      await this.#followStore(roster);
      await this.#settling.followRosterFile(settlements);
      this.#caseBook.followRoster();
      await this.#write([], await this.#rejudge());
      this.#emit({ type: "reassumed" });
    });
  }

  get assumptions(): Assumptions {
    return this.#assumptions;
  }

  get convicted(): ReadonlySet<string> {
    return this.#caseBook.convicted;
  }

  get statements(): StatementStore {
    return this.#statements;
  }

  /** How often each outcome was given since start. */
  get outcomes(): ReadonlyMap<Outcome, number> {
    return this.#outcomes;
  }

  /** All heads held for an epoch, of roster auditors and the provider. */
  epochView(namespace: string, epoch: number): Promise<EpochView> {
    return this.#statements.epochView(namespace, epoch, this.#assumptions.roster.names);
  }

  /** The highest epoch this auditor has signed, as far as this node knows. */
  height(namespace: string, auditor: string): number {
    return this.#heights.of(namespace, auditor);
  }

  /** The highest epoch that this node verified or that f + 1 auditors signed. */
  reached(namespace: string): number {
    return this.#heights.reached(namespace);
  }

  /** The own auditor verified up to here: heads within reach of it are stored. */
  setVerified(namespace: string, epoch: number): void {
    this.#heights.setVerified(namespace, epoch);
  }

  cases(): CaseRecord[] {
    return this.#caseBook.records();
  }

  caseOf(id: string): CaseRecord | undefined {
    return this.#caseBook.record(id);
  }

  /** Its own, and those of the convictions that lower the bound it is judged by: no more than one message carries. */
  exhibitsOf(record: CaseRecord): string[] {
    return exhibitsWithConvictions(record, this.cases());
  }

  /** Silences a case until its class changes. Returns false for an unknown id. */
  acknowledge(id: string, note: string): Promise<boolean> {
    return this.#serial.run(async () => {
      const record = this.caseOf(id);
      if (record === undefined) return false;
      await this.#write([], [this.#caseBook.acknowledge(record, note)]);
      return true;
    });
  }

  /** Settlements of the roster file and of this node that nothing has opened again. */
  settlementsThatHold(): readonly Settlement[] {
    return this.#caseBook.settlementsThatHold();
  }

  /** What people settle on this node. */
  get settling(): Settling {
    return this.#settling;
  }

  #dispatch(statement: Statement, bytes: Uint8Array, via: Via, note?: OutcomeListener): Promise<Outcome> {
    switch (statement.type) {
      case "signed-head":
      case "half-head":
        return this.#headIntake.head(statement, bytes, via);
      case "provider-head":
        return this.#headIntake.providerHead(statement, bytes);
      case "observation":
        return this.#recordIntake.observation(statement, bytes);
      case "auditor-record":
        return this.#recordIntake.record(statement, bytes, via);
      case "key-rotation":
        return this.#recordIntake.rotation(statement, bytes);
      case "evidence":
        return this.#evidence(statement.exhibits, via, note);
    }
  }

  /**
   * docs/protocol.md 6.8. A carrier is as good as the best of its exhibits. The first invalid signature ends it, so
   * that nonsense costs one check.
   */
  async #evidence(exhibits: readonly Uint8Array[], via: Via, note?: OutcomeListener): Promise<Outcome> {
    let accepted = false;
    for (const exhibit of exhibits) {
      const outcome = await this.receive(exhibit, via, note);
      if (outcome === "bad-signature") return "bad-exhibit";
      if (outcome === "accepted" || outcome === "accepted-conflict") accepted = true;
    }
    return accepted ? "accepted" : "known";
  }

  /**
   * One batch for a statement and everything that follows from it; synced if it is evidence. Events are sent after it
   * is on disk.
   */
  async #write(operations: readonly StoreOperation[], changes: readonly CaseChanges[]): Promise<void> {
    const fromCases = changes.flatMap((change) => change.operations);
    await this.#modules.store.batch([...operations, ...fromCases], { sync: changes.some(({ sync }) => sync) });
    for (const { events } of changes) for (const event of events) this.#emit(event);
  }

  async #rejudge(): Promise<CaseChanges[]> {
    const namespaces = this.#options.namespaces.map(({ namespace }) => namespace);
    await remakeConflictRows(namespaces, this.#assumptions, {
      store: this.#modules.store,
      statements: this.#statements,
    });
    return [await this.#caseBook.rebuild()];
  }

  #caseSources(): CaseSources {
    return caseSources(this.#statements, {
      namespaces: this.#options.namespaces.map(({ namespace }) => namespace),
      epochView: (namespace, epoch) => this.epochView(namespace, epoch),
      observationsAt: (namespace, epoch) => this.#recordIntake.observationsAt({ namespace, epoch }),
    });
  }

  async #load(): Promise<void> {
    const bindings: StoreOperation[] = [];
    for (const { namespace, origin } of this.#options.namespaces) {
      const bound = await this.#statements.binding(namespace);
      if (bound === undefined) bindings.push({ type: "put", key: bindingKey(namespace), value: utf8(origin) });
      else if (bound !== origin) {
        throw new CoauditError(
          "LEDGER_ORIGIN_CHANGED",
          `namespace ${namespace} belongs to origin ${bound} in this ledger, not to ${origin}: change it back, or start with an empty data folder`,
          { namespace, bound, configured: origin },
        );
      }
    }
    await refuseDeletedAuditors(this.#options, this.#statements);
    await this.#followStore(this.#assumptions.roster);
    await this.#recordIntake.load(this.#options.namespaces.map(({ namespace }) => namespace));
    await this.#settling.load();
    await this.#caseBook.load(this.#statements.cases());
    await this.#serial.run(async () => this.#write(bindings, await this.#rejudge()));
  }

  async #followStore(roster: Roster): Promise<void> {
    this.#assumptions = { ...this.#assumptions, roster: await rotated(roster, this.#statements) };
    await raiseHeights(this.#options, this.#assumptions.roster, {
      heights: this.#heights,
      statements: this.#statements,
    });
  }

  #emit(event: LedgerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #count(outcome: Outcome): Outcome {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    return outcome;
  }
}
