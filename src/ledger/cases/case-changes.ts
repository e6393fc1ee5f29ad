/** What one commit changes in the cases; it is written in one batch with the statement that caused it. */
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

export class CaseChanges {
  readonly operations: StoreOperation[] = [];
  readonly events: CaseEvent[] = [];
  /** True when it is evidence, or what a person said. One epoch more of a known dissent is neither. */
  sync = false;
}
