/** What a change of the statements held means for the cases: what to write, and what to announce. */
import type { Observation } from "../../core/statement.ts";
import type { StoreOperation } from "../store/store.ts";
import type { CaseRecord } from "./case-record.ts";

export interface HeldObservation {
  readonly observation: Observation;
  readonly auditor: string;
  readonly bytes: Uint8Array;
}

export interface CaseEvent {
  readonly type: "case-opened" | "case-changed" | "case-explained";
  readonly record: CaseRecord;
}

export interface CaseChanges {
  readonly operations: StoreOperation[];
  readonly events: CaseEvent[];
}
