/** What a ledger is opened with and what it tells. */
import type { AuditorHead } from "../core/head.ts";
import type { Roster } from "../core/roster.ts";
import type { Settlement } from "../core/settlement.ts";
import type { AuditorRecord, KeyRotation, Observation } from "../core/statement.ts";
import type { CaseEvent } from "./cases/case-changes.ts";
import type { Slot } from "./slot.ts";

/** Where a statement came from. Own ones and synced ones spend no rate; the signature is checked all the same. */
export type Via = "gossip" | "sync" | "own";

export interface LedgerOptions {
  readonly namespaces: readonly { readonly namespace: string; readonly origin: string }[];
  readonly roster: Roster;
  /** Undefined: floor((n - 1) / 3) of the n of each epoch. */
  readonly faultBound: number | undefined;
  readonly providerKeys: ReadonlyMap<string, readonly Uint8Array[]>;
  /** What this node's operator settled; absent: nothing. */
  readonly settlements?: readonly Settlement[];
  /** This node's own signing key, where it has one. */
  readonly ownPublicKey?: Uint8Array | undefined;
}

/** What the reader believes, which may change while the ledger is open. */
export type ReaderAssumptions = Pick<LedgerOptions, "roster" | "faultBound" | "providerKeys" | "settlements">;

export type LedgerEvent =
  | { readonly type: "head"; readonly auditor: string; readonly head: AuditorHead; readonly via: Via }
  /** A slot of heads changed; `auditor` is empty for the provider's. */
  | {
      readonly type: "slot";
      readonly auditor: string;
      readonly namespace: string;
      readonly epoch: number;
      readonly slot: Slot;
    }
  | { readonly type: "observation"; readonly auditor: string; readonly observation: Observation }
  | { readonly type: "rotation"; readonly auditor: string; readonly rotation: KeyRotation }
  | { readonly type: "record"; readonly record: AuditorRecord; readonly replaced?: Uint8Array }
  /** A head that is dated ahead waits until then, unix ms. */
  | { readonly type: "held"; readonly dueMs: number }
  | { readonly type: "own-key-conflict"; readonly head: AuditorHead }
  /** Everything is read by another roster, bound or settlements from now on. */
  | { readonly type: "reassumed" }
  | { readonly type: "origin-mismatch"; readonly auditor: string; readonly head: AuditorHead }
  | CaseEvent;
