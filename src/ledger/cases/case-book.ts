/**
 * Keeps the cases in step with the statements, one change at a time. The result is a function of the statements held,
 * whatever their order of arrival (test/ledger/ledger.test.ts compares with core/derive-cases.ts).
 *
 * Called only inside the ledger's commits, which run one after the other: nothing here needs a lock. A call changes
 * memory and returns the store operations that go with it, so that statement and case are written in one batch.
 *
 */

import { toBase64, toHex } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { countsAsSide, observationKey, observationSubject } from "../../core/derive-cases.ts";
import {
  type Assumptions,
  type CaseSubject,
  caseId,
  type EpochJudgement,
  forkClass,
  judgeEpoch,
  observationsConvict,
} from "../../core/evidence.ts";
import { differs, type EpochView } from "../epoch-view.ts";
import { caseKey, conflictKey } from "../store/keyspace.ts";
import type { CaseChanges, CaseEvent, HeldObservation } from "./case-changes.ts";
import { type CaseRecord, encodeCaseRecord, newCaseRecord, withExhibits } from "./case-record.ts";
import {
  decisiveSample,
  exhibitsOf,
  type Fork,
  forksNear,
  joinForks,
  judgementOf,
  sampleOf,
  saysTheSame,
} from "./fork.ts";

/**
 * Ids that lead to a case because its fork turned out to begin earlier; the first merged were announced first and stay.
 * [a liar moves the beginning by one epoch a thousand times]
 */
const MAX_MERGED_CASES = 16;

export interface CaseBookModules {
  readonly clock: Clock;
  /** The reader's roster changes with key rotations. */
  readonly assumptions: () => Assumptions;
}

export class CaseBook {
  readonly #modules: CaseBookModules;
  readonly #records: Map<string, CaseRecord> = new Map();
  /** By namespace, ascending by first epoch. As many as there are forks more than FORK_GAP_EPOCHS apart. */
  readonly #forks: Map<string, Fork[]> = new Map();
  /** By the id of the case, the ids that were merged into it, in that order. */
  readonly #merged: Map<string, readonly string[]> = new Map();
  /** Auditors of the roster: nobody else's conviction lowers the bound for the others. */
  readonly #convicted: Set<string> = new Set();
  /** Cases that follow from the observations held. */
  readonly #observed: Set<string> = new Set();

  constructor(modules: CaseBookModules) {
    this.#modules = modules;
  }

  /** Takes a record read from the store, before any other call. */
  load(record: CaseRecord): void {
    const { id, subject, mergedInto } = record;
    this.#records.set(id, record);
    if (mergedInto !== undefined) this.#merged.set(mergedInto, [...(this.#merged.get(mergedInto) ?? []), id]);
    if (subject.kind !== "auditor" || this.#modules.assumptions().roster.byName(subject.auditor) === undefined) return;
    this.#convicted.add(subject.auditor);
  }

  get convicted(): ReadonlySet<string> {
    return this.#convicted;
  }

  /** All records, newest first. */
  records(): CaseRecord[] {
    return [...this.#records.values()].sort((a, b) => b.openedAtMs - a.openedAtMs || (a.id < b.id ? -1 : 1));
  }

  /** The record of this id; a merged one leads to the case into which it was merged. */
  record(id: string): CaseRecord | undefined {
    let record = this.#records.get(id);
    while (record?.mergedInto !== undefined) record = this.#records.get(record.mergedInto);
    return record;
  }

  acknowledge(record: CaseRecord, note: string): CaseChanges {
    const changes = noChanges();
    this.#save({ ...record, acknowledged: { note, atMs: this.#modules.clock.now() } }, changes);
    return changes;
  }

  /** Something was stored for this epoch. */
  epochChanged(view: EpochView): CaseChanges {
    const changes = noChanges();
    if (!differs(view)) return changes;
    changes.operations.push({ type: "put", key: conflictKey(view.namespace, view.epoch), value: new Uint8Array() });
    const added = this.#addEpoch(view);
    if (added !== undefined) this.#saveFork(view.namespace, added.fork, added.before, changes);
    return changes;
  }

  /** Opens the case of an auditor that signed twice. Afterwards the caller rebuilds: its heads no longer count. */
  convict(auditor: string, exhibits: readonly Uint8Array[]): CaseChanges {
    const changes = noChanges();
    if (this.#convicted.has(auditor)) return changes;
    this.#convicted.add(auditor);
    const record = newCaseRecord({ kind: "auditor", auditor }, "auditor-equivocation", this.#modules.clock.now());
    this.#save(withExhibits(record, exhibits.map(toBase64)), changes, "case-opened");
    return changes;
  }

  /** All observations held for one epoch, after one was stored. */
  observationsChanged(observations: readonly HeldObservation[]): CaseChanges {
    const changes = noChanges();
    const groups = new Map<string, { subject: CaseSubject; auditors: Set<string>; exhibits: string[] }>();
    for (const { observation, auditor, bytes } of observations) {
      const subject = observationSubject(observation);
      if (subject === undefined || this.#convicted.has(auditor)) continue;
      const key = observationKey(observation);
      const group = groups.get(key) ?? { subject, auditors: new Set(), exhibits: [] };
      group.auditors.add(auditor);
      group.exhibits.push(toBase64(bytes));
      groups.set(key, group);
    }
    for (const { subject, auditors, exhibits } of groups.values()) {
      if (!observationsConvict(auditors.size, this.#convicted.size, this.#modules.assumptions().faultBound)) continue;
      const caseClass = subject.kind === "listing" ? "forked-listing" : "invalid-epoch";
      const held = this.#records.get(caseId(subject));
      const record = held ?? newCaseRecord(subject, caseClass, this.#modules.clock.now());
      const next = withExhibits(record.state === "open" ? record : { ...record, state: "open" }, exhibits);
      this.#observed.add(next.id);
      if (next !== held) this.#save(next, changes, held?.state === "open" ? undefined : "case-opened");
    }
    return changes;
  }

  /**
   * Judges all conflicting epochs and all epochs with observations again: at start (roster or fault bound may have
   * changed) and after a conviction (the convicted auditor's heads no longer count, and fewer liars are left to explain
   * the rest).
   */
  async rebuild(
    conflicts: AsyncIterable<EpochView>,
    observations: AsyncIterable<readonly HeldObservation[]>,
  ): Promise<CaseChanges> {
    const changes = noChanges();
    this.#forks.clear();
    this.#observed.clear();
    for await (const view of conflicts) this.#addEpoch(view);
    // Only now: a fork's strongest epoch decides its class, not its first ones. [a restart takes back what was
    // acknowledged]
    for (const [namespace, forks] of this.#forks) {
      for (const fork of forks) this.#saveFork(namespace, fork, [], changes);
    }
    for await (const group of observations) {
      const { operations, events } = this.observationsChanged(group);
      changes.operations.push(...operations);
      changes.events.push(...events);
    }
    const live = new Set([...this.#forks.values()].flat().map(({ id }) => id));
    for (const record of this.#records.values()) {
      const { kind } = record.subject;
      const holds = kind === "auditor" || live.has(record.id) || this.#observed.has(record.id);
      if (record.state !== "open" || holds) continue;
      this.#save({ ...record, state: "explained", changedAtMs: this.#modules.clock.now() }, changes, "case-explained");
    }
    return changes;
  }

  #addEpoch(view: EpochView): { fork: Fork; before: readonly Fork[] } | undefined {
    const speaking = { ...view, heads: this.#sides(view) };
    const judgement = judge(speaking);
    if (judgement === undefined) return undefined;
    const { namespace, epoch } = view;
    const forks = this.#forks.get(namespace) ?? [];
    const before = forksNear(forks, epoch);
    const fork = joinForks(namespace, before, sampleOf(speaking, judgement));
    const others = forks.filter((other) => !before.includes(other));
    this.#forks.set(
      namespace,
      [...others, fork].sort((a, b) => a.first.epoch - b.first.epoch),
    );
    return { fork, before };
  }

  #saveFork(namespace: string, fork: Fork, before: readonly Fork[], changes: CaseChanges): void {
    const nowMs = this.#modules.clock.now();
    const judgement = judgementOf(fork);
    const caseClass = forkClass(judgement, this.#convicted.size, this.#modules.assumptions().faultBound);
    const predecessors = before.filter(({ id }) => id !== fork.id).flatMap(({ id }) => this.#records.get(id) ?? []);
    const held = this.#records.get(fork.id);
    const [only] = before;
    const isNoNews = before.length === 1 && only !== undefined && saysTheSame(fork, only);
    if (isNoNews && held?.class === caseClass && held.state === "open") return;
    const subject: CaseSubject = { kind: "fork", namespace, epoch: fork.first.epoch };
    let record = held ?? inherit(newCaseRecord(subject, caseClass, nowMs), predecessors);
    record = withExhibits(record, exhibitsOf(fork, caseClass));
    if (record.class !== caseClass || record.state !== "open") {
      // A changed class is news even to somebody who acknowledged the case before.
      const { acknowledged: _silenced, mergedInto: _target, ...rest } = record;
      record = { ...rest, class: caseClass, state: "open", changedAtMs: nowMs };
    }
    const best = { epoch: decisiveSample(fork, caseClass).epoch, judgement };
    if (!sameBest(record.best, best)) record = { ...record, best };
    if (record !== held) this.#save(record, changes, this.#eventOf(record, held, predecessors));
    for (const old of predecessors) this.#merge(old, fork.id, changes);
  }

  /**
   * The fork's case continues under another id; ids that led to the old one lead to the new one, as far as there is
   * room.
   */
  #merge(old: CaseRecord, target: string, changes: CaseChanges): void {
    const changedAtMs = this.#modules.clock.now();
    const leading = (this.#merged.get(old.id) ?? []).filter((id) => this.#records.get(id)?.mergedInto === old.id);
    const ids = [...(this.#merged.get(target) ?? []), ...leading, old.id];
    this.#merged.delete(old.id);
    this.#merged.set(target, ids.slice(0, MAX_MERGED_CASES));
    // Its exhibits are in the new case, as far as they are still relevant, and all of them in the slots.
    this.#save({ ...old, state: "merged", mergedInto: target, changedAtMs, exhibits: [] }, changes);
    for (const id of leading) {
      const record = this.#records.get(id);
      if (record !== undefined) this.#save({ ...record, mergedInto: target }, changes);
    }
    for (const id of ids.slice(MAX_MERGED_CASES)) {
      this.#records.delete(id);
      changes.operations.push({ type: "delete", key: caseKey(id) });
    }
  }

  /** A fork that merely turns out to begin earlier is not news. */
  #eventOf(
    record: CaseRecord,
    held: CaseRecord | undefined,
    predecessors: readonly CaseRecord[],
  ): CaseEvent["type"] | undefined {
    const before = held === undefined ? predecessors : [held];
    if (before.length === 0) return "case-opened";
    const wasKnown = before.some((old) => old.class === record.class && old.state === "open");
    return wasKnown ? undefined : "case-changed";
  }

  /**
   * A convicted auditor never speaks, not even where its heads still count for a quorum: it would be both liar and
   * witness.
   */
  #sides(view: EpochView): EpochView["heads"] {
    const assumptions = this.#modules.assumptions();
    return view.heads.filter(({ auditor, head }) => !this.#convicted.has(auditor) && countsAsSide(head, assumptions));
  }

  #save(record: CaseRecord, changes: CaseChanges, event?: CaseEvent["type"]): void {
    this.#records.set(record.id, record);
    changes.operations.push({ type: "put", key: caseKey(record.id), value: encodeCaseRecord(record) });
    if (event !== undefined) changes.events.push({ type: event, record });
  }
}

function judge({ heads, providerHeads }: EpochView): EpochJudgement | undefined {
  const sides = new Map(heads.map(({ auditor, head }) => [auditor, toHex(head.digest)]));
  return judgeEpoch({ sides, providerDigests: [...new Set(providerHeads.map(({ head }) => toHex(head.digest)))] });
}

function noChanges(): CaseChanges {
  return { operations: [], events: [] };
}

/**
 * The case of a fork that turned out to begin earlier keeps the age and the acknowledgement of the case that it
 * absorbs.
 */
function inherit(record: CaseRecord, predecessors: readonly CaseRecord[]): CaseRecord {
  const oldest = [...predecessors].sort((a, b) => a.openedAtMs - b.openedAtMs)[0];
  if (oldest === undefined) return record;
  const { acknowledged } = oldest;
  return { ...record, openedAtMs: oldest.openedAtMs, ...(acknowledged === undefined ? {} : { acknowledged }) };
}

function sameBest(a: CaseRecord["best"], b: NonNullable<CaseRecord["best"]>): boolean {
  return (
    a !== undefined &&
    a.epoch === b.epoch &&
    a.judgement.minority === b.judgement.minority &&
    a.judgement.contradicted === b.judgement.contradicted &&
    a.judgement.providerEquivocates === b.judgement.providerEquivocates
  );
}
