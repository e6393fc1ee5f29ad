/** The records of all cases in memory, and the store operations and events that each change of them makes. */
import { convictedBy } from "../../core/evidence.ts";
import { caseKey } from "../store/keyspace.ts";
import type { CaseChanges, CaseEvent } from "./case-changes.ts";
import { type CaseRecord, encodeCaseRecord } from "./case-record.ts";

/**
 * Ids that lead to a case because its fork turned out to begin earlier; what was merged first was announced first and
 * stays. [a liar moves the beginning by one epoch a thousand times]
 */
const MAX_MERGED_CASES = 16;

export class CaseRecords {
  readonly #records: Map<string, CaseRecord> = new Map();
  /** By the id of the case, the ids that were merged into it, in that order. */
  readonly #merged: Map<string, readonly string[]> = new Map();

  /** Takes a record read from the store, before any other call. */
  load(record: CaseRecord): void {
    const { id, mergedInto } = record;
    this.#records.set(id, record);
    if (mergedInto !== undefined) this.#merged.set(mergedInto, [...(this.#merged.get(mergedInto) ?? []), id]);
  }

  /**
   * All records, the weightiest first, of equal ones the newest: those that convict the provider, those that convict an
   * auditor, leads, what is closed. [a list has an end, and leads push the split view beyond it]
   */
  all(): CaseRecord[] {
    return [...this.#records.values()].sort(
      (a, b) => weightOf(a) - weightOf(b) || b.openedAtMs - a.openedAtMs || (a.id < b.id ? -1 : 1),
    );
  }

  get(id: string): CaseRecord | undefined {
    return this.#records.get(id);
  }

  /** A merged one leads to the case that took it up. */
  resolve(id: string): CaseRecord | undefined {
    let record = this.#records.get(id);
    while (record?.mergedInto !== undefined) record = this.#records.get(record.mergedInto);
    return record;
  }

  save(record: CaseRecord, changes: CaseChanges, event?: CaseEvent["type"]): void {
    this.#records.set(record.id, record);
    changes.operations.push({ type: "put", key: caseKey(record.id), value: encodeCaseRecord(record) });
    if (event !== undefined) changes.events.push({ type: event, record });
  }

  /**
   * The fork's case goes on under another id; what led to the old one leads to the new one, as far as there is room.
   */
  merge(old: CaseRecord, target: string, nowMs: number, changes: CaseChanges): void {
    const leading = (this.#merged.get(old.id) ?? []).filter((id) => this.#records.get(id)?.mergedInto === old.id);
    const ids = [...(this.#merged.get(target) ?? []), ...leading, old.id];
    this.#merged.delete(old.id);
    this.#merged.set(target, ids.slice(0, MAX_MERGED_CASES));
    // Its exhibits are in the new case, as far as they still say something, and all of them in the slots.
    this.save({ ...old, state: "merged", mergedInto: target, changedAtMs: nowMs, exhibits: [] }, changes);
    for (const id of leading) {
      const record = this.#records.get(id);
      if (record !== undefined) this.save({ ...record, mergedInto: target }, changes);
    }
    for (const id of ids.slice(MAX_MERGED_CASES)) {
      this.#records.delete(id);
      changes.operations.push({ type: "delete", key: caseKey(id) });
    }
  }
}

function weightOf({ state, subject, class: caseClass }: CaseRecord): number {
  if (state !== "open") return 3;
  const convicted = convictedBy(subject, caseClass);
  return convicted === "provider" ? 0 : convicted === "nobody" ? 2 : 1;
}

/** Open, and news to whoever acknowledged it before. */
export function reopened(record: CaseRecord): CaseRecord {
  const { acknowledged: _silenced, mergedInto: _target, ...rest } = record;
  return { ...rest, state: "open" };
}

/**
 * The case of a fork that turned out to begin earlier keeps the age of the oldest case that it takes up, and what was
 * acknowledged where all of them were, as this class. [new evidence hides behind what was acknowledged before]
 */
export function inherit(record: CaseRecord, predecessors: readonly CaseRecord[]): CaseRecord {
  const oldest = [...predecessors].sort((a, b) => a.openedAtMs - b.openedAtMs)[0];
  if (oldest === undefined) return record;
  const { acknowledged } = oldest;
  const isCovered = predecessors.every((one) => one.acknowledged !== undefined && one.class === record.class);
  return {
    ...record,
    openedAtMs: oldest.openedAtMs,
    ...(acknowledged === undefined || !isCovered ? {} : { acknowledged }),
  };
}

/** A fork that only turns out to begin earlier is no news. */
export function eventOf(
  record: CaseRecord,
  held: CaseRecord | undefined,
  predecessors: readonly CaseRecord[] = [],
): CaseEvent["type"] | undefined {
  const before = held === undefined ? predecessors : [held];
  if (before.length === 0) return "case-opened";
  const staysSilent = held?.acknowledged === undefined || record.acknowledged !== undefined;
  const wasKnown = staysSilent && before.some((old) => old.class === record.class && old.state === "open");
  return wasKnown ? undefined : "case-changed";
}
