/**
 * Keeps the cases in step with the statements, one change at a time. The result is a function of the statements held,
 * whatever their order of arrival (test/ledger/ledger.test.ts compares with core/derive-cases.ts).
 *
 * Called only inside the ledger's commits, which run one after the other: nothing here needs a lock. A call changes
 * memory and returns the store operations that go with it, so that statement and case are written in one batch.
 */
import { toBase64 } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { type Assumptions, caseId, type EpochJudgement } from "../../core/evidence.ts";
import { judgeSaid, opens } from "../../core/forks.ts";
import { isWithin, type SaidAtEpoch, type Settlement } from "../../core/settlement.ts";
import { differs, type EpochView } from "../epoch-view.ts";
import { conflictKey } from "../store/keyspace.ts";
import { CaseChanges, type HeldObservation } from "./case-changes.ts";
import { type CaseRecord, newCaseRecord, withExhibits } from "./case-record.ts";
import { CaseRecords, eventOf, inherit, reopened } from "./case-records.ts";
import type { CaseSources } from "./case-sources.ts";
import { encodeSaid, saidOf } from "./conflict-row.ts";
import { speakingInTurns } from "./exhibits.ts";
import { type Fork, sampledEpochs } from "./fork.ts";
import { type Dissent, type ForkChange, NamespaceForks } from "./namespace-forks.ts";
import { ObservationCases } from "./observation-cases.ts";

export interface CaseBookModules {
  readonly clock: Clock;
  /** The reader's roster changes with key rotations. */
  readonly assumptions: () => Assumptions;
  readonly sources: CaseSources;
}

export class CaseBook {
  readonly #modules: CaseBookModules;
  readonly #records = new CaseRecords();
  readonly #forks: ReadonlyMap<string, NamespaceForks>;
  readonly #observations: ObservationCases;
  /** Settlements that what was said since has opened again. */
  readonly #opened: Set<Settlement> = new Set();
  /** Auditors of the roster: nobody else's conviction lowers the bound for the others. */
  readonly #convicted: Set<string> = new Set();

  constructor(modules: CaseBookModules) {
    this.#modules = modules;
    this.#observations = new ObservationCases({ ...modules, records: this.#records, convicted: this.#convicted });
    const { namespaces, conflicts } = modules.sources;
    this.#forks = new Map(
      namespaces.map((namespace) => {
        const judge = (epoch: number, said: SaidAtEpoch) => this.#judge(namespace, epoch, said);
        return [namespace, new NamespaceForks({ conflicts: (from) => conflicts(namespace, from), judge })];
      }),
    );
  }

  /** Takes the records of the store, before any other call. */
  async load(records: AsyncIterable<CaseRecord>): Promise<void> {
    for await (const record of records) this.#records.load(record);
    this.followRoster();
  }

  /** Before a rebuild: all records were loaded, or the roster was replaced. */
  followRoster(): void {
    const { roster } = this.#assumptions;
    this.#convicted.clear();
    for (const { subject } of this.#records.all()) {
      if (subject.kind === "auditor" && roster.byName(subject.auditor) !== undefined)
        this.#convicted.add(subject.auditor);
    }
  }

  get convicted(): ReadonlySet<string> {
    return this.#convicted;
  }

  /** All records, the weightiest first, of equal ones the newest. */
  records(): CaseRecord[] {
    return this.#records.all();
  }

  /** The record of this id; a merged one leads to the case that took it up. */
  record(id: string): CaseRecord | undefined {
    return this.#records.resolve(id);
  }

  /** Settlements that nothing has opened again. */
  settlementsThatHold(): readonly Settlement[] {
    return (this.#assumptions.settlements ?? []).filter((settlement) => !this.#opened.has(settlement));
  }

  acknowledge(record: CaseRecord, note: string): CaseChanges {
    const changes = new CaseChanges();
    changes.sync = true;
    this.#records.save({ ...record, acknowledged: { note, atMs: this.#nowMs } }, changes);
    return changes;
  }

  /** True when a head more at this epoch may change a case although it agrees with all others. */
  weighsObservations(namespace: string, epoch: number): boolean {
    return this.#observations.weigh(namespace, epoch);
  }

  /** Something was stored for this epoch. `view`: the epoch as it will be. */
  async epochChanged(view: EpochView): Promise<CaseChanges> {
    const changes = new CaseChanges();
    if (differs(view)) await this.#conflictChanged(view, changes);
    await this.#observations.headsChanged(view, changes);
    return changes;
  }

  /**
   * Opens the case of an auditor that signed twice. Afterwards the caller rebuilds, once all is written: its heads
   * count for nothing now. Undefined for a known liar, of which another slip changes nothing.
   */
  convict(auditor: string, exhibits: readonly Uint8Array[]): CaseChanges | undefined {
    if (this.#convicted.has(auditor)) return undefined;
    this.#convicted.add(auditor);
    const changes = new CaseChanges();
    changes.sync = true;
    const record = newCaseRecord({ kind: "auditor", auditor }, "auditor-equivocation", this.#nowMs);
    this.#records.save(withExhibits(record, exhibits.map(toBase64)), changes, "case-opened");
    return changes;
  }

  /** All observations held for one epoch, after one was stored. */
  async observationsChanged(
    namespace: string,
    epoch: number,
    observations: readonly HeldObservation[],
  ): Promise<CaseChanges> {
    const changes = new CaseChanges();
    await this.#observations.changed({ namespace, epoch, observations }, changes);
    return changes;
  }

  /**
   * Judges all conflicting epochs and all epochs with observations again: at start (roster, fault bound or settlements
   * may have changed) and after a conviction (the convicted auditor's heads count no more, and fewer liars are left to
   * explain the rest).
   */
  async rebuild(): Promise<CaseChanges> {
    const changes = new CaseChanges();
    const { sources } = this.#modules;
    this.#opened.clear();
    for (const namespace of sources.namespaces) {
      if (this.#holding(namespace).length > 0) {
        for await (const [epoch, said] of sources.conflicts(namespace, 0)) this.#noteOpened(namespace, epoch, said);
      }
      await this.#rebuildForks(namespace, changes);
      await this.#observations.rebuild(namespace, changes);
    }
    this.#closeWhatCeased(changes);
    return changes;
  }

  get #assumptions(): Assumptions {
    return this.#modules.assumptions();
  }

  get #nowMs(): number {
    return this.#modules.clock.now();
  }

  async #rebuildForks(namespace: string, changes: CaseChanges): Promise<void> {
    const forks = this.#forks.get(namespace);
    if (forks === undefined) return;
    await forks.rebuild();
    for (const fork of forks.forks) await this.#saveFork(namespace, { now: fork, joined: [] }, changes);
    for (const [auditor, dissent] of forks.dissents) await this.#saveDissent(namespace, auditor, dissent, changes);
  }

  async #conflictChanged(view: EpochView, changes: CaseChanges): Promise<void> {
    const { namespace, epoch } = view;
    const said = saidOf(view, this.#assumptions);
    const earlier = await this.#modules.sources.conflictAt(namespace, epoch);
    changes.operations.push({ type: "put", key: conflictKey(namespace, epoch), value: encodeSaid(said) });
    // What was settled is judged again with everybody heard. This epoch is not in the store yet, and comes on top.
    const isOpenedAgain = this.#noteOpened(namespace, epoch, said);
    if (isOpenedAgain) await this.#rebuildForks(namespace, changes);
    const before = earlier === undefined ? undefined : this.#judge(namespace, epoch, earlier);
    const after = this.#judge(namespace, epoch, said);
    const change = after && (await this.#forks.get(namespace)?.change(epoch, before, after));
    if (change?.fork !== undefined) await this.#saveFork(namespace, change.fork, changes, view);
    for (const [auditor, dissent] of change?.dissents ?? []) {
      if (dissent !== undefined) await this.#saveDissent(namespace, auditor, dissent, changes, view);
      else this.#closeDissent(namespace, auditor, changes);
    }
    if (isOpenedAgain) this.#closeWhatCeased(changes);
  }

  #judge(namespace: string, epoch: number, said: SaidAtEpoch): EpochJudgement | undefined {
    const modules = { convicted: this.#convicted, assumptions: this.#assumptions };
    return judgeSaid({ namespace, epoch, said, settlements: this.#holding(namespace) }, modules);
  }

  #holding(namespace: string): readonly Settlement[] {
    return this.settlementsThatHold().filter((settlement) => settlement.namespace === namespace);
  }

  /** True when a settlement that held until now is opened by this. */
  #noteOpened(namespace: string, epoch: number, said: SaidAtEpoch): boolean {
    const modules = { convicted: this.#convicted, assumptions: this.#assumptions };
    const opened = this.#holding(namespace).filter((settlement) => opens(settlement, epoch, said, modules));
    for (const settlement of opened) this.#opened.add(settlement);
    return opened.length > 0;
  }

  async #saveDissent(
    namespace: string,
    auditor: string,
    { first, last, count, isDecided }: Dissent,
    changes: CaseChanges,
    view?: EpochView,
  ): Promise<void> {
    const subject = { kind: "dissent", namespace, auditor } as const;
    const held = this.#records.get(caseId(subject));
    const isOpen = held?.state === "open";
    const isNews = isDecided && !(isOpen && held.isAnnounced === true);
    if (isOpen && held.first === first && held.last === last && held.count === count && !isNews) return;
    const made = held ?? newCaseRecord(subject, "disagreement", this.#nowMs);
    const base = isOpen || held === undefined ? made : { ...reopened(made), changedAtMs: this.#nowMs };
    const isShown = isOpen && held.first === first;
    const shown = isShown ? base : { ...base, exhibits: await this.#speaking(namespace, first, view) };
    const isAnnounced = isNews || (isOpen && held.isAnnounced === true);
    // One alert an auditor: that there is one epoch more is no news.
    const record = { ...withExhibits(shown, []), first, last, count, isAnnounced };
    this.#records.save(record, changes, isNews ? "case-opened" : undefined);
    if (isNews) changes.sync = true;
  }

  /** No news: what was a lead has become a conviction, which is told, or the others have spoken since. */
  #closeDissent(namespace: string, auditor: string, changes: CaseChanges): void {
    const record = this.#records.get(caseId({ kind: "dissent", namespace, auditor }));
    if (record?.state !== "open") return;
    this.#records.save({ ...record, state: "explained", changedAtMs: this.#nowMs }, changes);
  }

  async #saveFork(
    namespace: string,
    { now: fork, joined }: NonNullable<ForkChange["fork"]>,
    changes: CaseChanges,
    view?: EpochView,
  ): Promise<void> {
    const subject = { kind: "fork", namespace, epoch: fork.first.epoch } as const;
    const id = caseId(subject);
    const { epoch, judgement } = fork.strongest;
    const held = this.#records.get(id);
    const predecessors = joined.flatMap(({ first }) => {
      if (first.epoch === fork.first.epoch) return [];
      return this.#records.get(caseId({ kind: "fork", namespace, epoch: first.epoch })) ?? [];
    });
    const isShown = view !== undefined && sampledEpochs(fork).includes(view.epoch);
    const hasBest = sameBest(held?.best, fork.strongest);
    const isSame = held?.state === "open" && held.class === judgement.class && held.last === fork.last && hasBest;
    if (isSame && predecessors.length === 0 && !isShown) return;
    let record = held ?? inherit(newCaseRecord(subject, judgement.class, this.#nowMs), predecessors);
    if (!hasBest || isShown) record = withExhibits(record, await this.#exhibitsOf(namespace, fork, view));
    const isNews = record.acknowledged !== undefined && predecessors.some((old) => old.acknowledged === undefined);
    if (record.class !== judgement.class || record.state !== "open" || isNews) {
      // A changed class is news even to somebody who acknowledged the case before, and so is another case in it.
      record = { ...reopened(record), class: judgement.class, changedAtMs: this.#nowMs };
    }
    record = { ...record, best: { epoch, judgement }, last: fork.last };
    this.#records.save(record, changes, eventOf(record, held, predecessors));
    changes.sync = true;
    for (const old of predecessors) this.#records.merge(old, id, this.#nowMs, changes);
  }

  /**
   * What a reader needs, most needed first: two statements that part at the first epoch make the case's id, those of
   * the strongest epoch its class; the others are for readers of another roster or fault bound.
   */
  async #exhibitsOf(namespace: string, fork: Fork, view: EpochView | undefined): Promise<string[]> {
    const first = await this.#speaking(namespace, fork.first.epoch, view);
    const all = [first.slice(0, 2)];
    for (const epoch of sampledEpochs(fork)) {
      all.push(epoch === fork.first.epoch ? first : await this.#speaking(namespace, epoch, view));
    }
    return all.flat();
  }

  async #speaking(namespace: string, epoch: number, view: EpochView | undefined): Promise<string[]> {
    return speakingInTurns(await this.#viewOf(namespace, epoch, view), this.#convicted, this.#assumptions);
  }

  #viewOf(namespace: string, epoch: number, view: EpochView | undefined): Promise<EpochView> {
    if (view?.namespace === namespace && view.epoch === epoch) return Promise.resolve(view);
    return this.#modules.sources.epochView(namespace, epoch);
  }

  /** Cases that nothing holds open any more. */
  #closeWhatCeased(changes: CaseChanges): void {
    const live = new Set(this.#observations.live);
    for (const [namespace, { forks, dissents }] of this.#forks) {
      for (const { first } of forks) live.add(caseId({ kind: "fork", namespace, epoch: first.epoch }));
      for (const auditor of dissents.keys()) live.add(caseId({ kind: "dissent", namespace, auditor }));
    }
    for (const record of this.#records.all()) {
      if (record.subject.kind === "auditor" || record.state === "merged" || live.has(record.id)) continue;
      this.#close(record, changes);
    }
  }

  #close(record: CaseRecord, changes: CaseChanges): void {
    const { subject } = record;
    const isSettled =
      subject.kind === "fork" && this.#holding(subject.namespace).some((settlement) => isWithin(settlement, subject));
    const state = isSettled ? "settled" : "explained";
    if (record.state === state) return;
    this.#records.save({ ...record, state, changedAtMs: this.#nowMs }, changes, "case-explained");
    changes.sync = true;
  }
}

function sameBest(a: CaseRecord["best"], b: NonNullable<CaseRecord["best"]>): boolean {
  return (
    a !== undefined &&
    a.epoch === b.epoch &&
    a.judgement.class === b.judgement.class &&
    a.judgement.minority === b.judgement.minority &&
    a.judgement.contradicted === b.judgement.contradicted
  );
}
