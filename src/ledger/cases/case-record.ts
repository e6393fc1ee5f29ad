/** A case as stored in the ledger. */
import { fromUtf8, utf8 } from "../../core/bytes.ts";
import { type CaseClass, type CaseSubject, caseId, type EpochJudgement } from "../../core/evidence.ts";

export interface CaseRecord {
  readonly id: string;
  readonly subject: CaseSubject;
  /** As last judged, by this node's roster and fault bound. */
  readonly class: CaseClass;
  /**
   * `explained`: what made it does not hold any more, after a conviction, a head that takes observations back, or a
   * change of the roster. `settled`: a person of this node has found out. `merged`: the fork turned out to begin
   * earlier.
   */
  readonly state: "open" | "explained" | "settled" | "merged";
  readonly openedAtMs: number;
  readonly changedAtMs: number;
  /** The strongest epoch of a fork, and what it proves. */
  readonly best?: { readonly epoch: number; readonly judgement: EpochJudgement };
  /** Of a fork and of a dissent: the newest epoch, and of a dissent how many there are. */
  readonly last?: number;
  readonly count?: number;
  /** Of a dissent: the first epoch. */
  readonly first?: number;
  /** Of a dissent: it was told. */
  readonly isAnnounced?: boolean;
  /** Encoded statements in base64, at most MAX_CASE_EXHIBITS, the most needed first. */
  readonly exhibits: readonly string[];
  /** Silences the case as it was then. */
  readonly acknowledged?: { readonly note: string; readonly atMs: number };
  readonly mergedInto?: string;
}

/**
 * Two epochs of a roster of 25 with room to spare; 96 heads of at most 600 bytes also fit the 64 KiB of one evidence
 * message.
 */
export const MAX_CASE_EXHIBITS = 96;

export function newCaseRecord(subject: CaseSubject, caseClass: CaseClass, nowMs: number): CaseRecord {
  return {
    id: caseId(subject),
    subject,
    class: caseClass,
    state: "open",
    openedAtMs: nowMs,
    changedAtMs: nowMs,
    exhibits: [],
  };
}

/**
 * The record with these statements, the most needed first, or the same record if there is nothing to add. What it held
 * before follows them as far as there is room.
 */
export function withExhibits(record: CaseRecord, exhibits: readonly string[]): CaseRecord {
  const needed = [...new Set(exhibits)].slice(0, MAX_CASE_EXHIBITS);
  if (needed.every((exhibit) => record.exhibits.includes(exhibit))) return record;
  return { ...record, exhibits: [...new Set([...needed, ...record.exhibits])].slice(0, MAX_CASE_EXHIBITS) };
}

export function encodeCaseRecord(record: CaseRecord): Uint8Array {
  return utf8(JSON.stringify(record));
}

export function decodeCaseRecord(value: Uint8Array): CaseRecord {
  return JSON.parse(fromUtf8(value, "case record")) as CaseRecord;
}
