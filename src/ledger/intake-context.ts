/** What the intake files share: the ledger's parts, and the way to write. */
import type { Clock } from "../core/clock.ts";
import type { SignatureVerifier } from "../core/ed25519.ts";
import type { Assumptions } from "../core/evidence.ts";
import type { AuditorHead, ProviderHead } from "../core/head.ts";
import type { Roster } from "../core/roster.ts";
import type { CaseBook } from "./cases/case-book.ts";
import type { CaseChanges } from "./cases/case-changes.ts";
import type { Heights } from "./heights.ts";
import type { LedgerEvent } from "./ledger-types.ts";
import type { StatementStore } from "./statement-store.ts";
import type { StoreOperation } from "./store/store.ts";

/** True when every signature that the head carries is valid (core/head.ts, verifyHead). */
export type HeadVerifier = (head: AuditorHead | ProviderHead) => Promise<boolean>;

export interface IntakeContext {
  readonly clock: Clock;
  readonly verifier: SignatureVerifier;
  readonly verifyHead: HeadVerifier;
  readonly statements: StatementStore;
  readonly caseBook: CaseBook;
  readonly heights: Heights;
  readonly ownClaimsYield: ((head: AuditorHead) => Promise<boolean>) | undefined;
  assumptions(): Assumptions;
  /** Runs after all commits before it; nothing else writes meanwhile. */
  commit<T>(work: () => Promise<T>): Promise<T>;
  write(operations: readonly StoreOperation[], changes: readonly CaseChanges[]): Promise<void>;
  /** Judges every conflict again. Only inside a commit, after the statement that caused it is written. */
  rejudge(): Promise<CaseChanges[]>;
  useRoster(roster: Roster): void;
  emit(event: LedgerEvent): void;
}
