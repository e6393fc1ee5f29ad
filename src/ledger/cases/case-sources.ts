/** What the case book reads of the statements held. */
import type { SaidAtEpoch } from "../../core/settlement.ts";
import type { EpochView } from "../epoch-view.ts";
import type { HeldObservation } from "./case-changes.ts";

/** Without what the commit that is under way will write. */
export interface CaseSources {
  readonly namespaces: readonly string[];
  epochView(namespace: string, epoch: number): Promise<EpochView>;
  /** Of one epoch, all kinds and auditors. */
  observationsAt(namespace: string, epoch: number): Promise<readonly HeldObservation[]>;
  observedEpochs(namespace: string): AsyncIterable<number>;
  /** Rows of epochs from `from` on, ascending. */
  conflicts(namespace: string, from: number): AsyncIterable<[number, SaidAtEpoch]>;
  conflictAt(namespace: string, epoch: number): Promise<SaidAtEpoch | undefined>;
}

/** What the store answers by itself, and the rest. */
export function caseSources(
  statements: Pick<CaseSources, "observedEpochs" | "conflicts" | "conflictAt">,
  others: Omit<CaseSources, "observedEpochs" | "conflicts" | "conflictAt">,
): CaseSources {
  return {
    ...others,
    observedEpochs: (namespace) => statements.observedEpochs(namespace),
    conflicts: (namespace, from) => statements.conflicts(namespace, from),
    conflictAt: (namespace, epoch) => statements.conflictAt(namespace, epoch),
  };
}
