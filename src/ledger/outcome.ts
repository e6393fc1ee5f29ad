import type { StatementType } from "../core/statement-codec.ts";

/**
 * The outcome for a statement that arrived. One function in gossip maps these to verdicts; nothing else decides what is
 * forwarded.
 */
export type Outcome =
  /** Stored, and new to this node. */
  | "accepted"
  /** Stored: it contradicts a statement of the same signer. */
  | "accepted-conflict"
  | "known"
  | "malformed"
  | "bad-signature"
  /** A carrier with an invalid signature in it. */
  | "bad-exhibit"
  | "unknown-key"
  | "unknown-namespace"
  | "origin-mismatch"
  | "third-digest"
  | "convicted-signer"
  | "early"
  | "too-far-ahead"
  | "rate-limited"
  | "superseded";

/** Told of each statement that was received, a carrier's exhibits before the carrier; no type where it is malformed. */
export type OutcomeListener = (
  statement: { readonly type: StatementType | undefined; readonly sizeBytes: number },
  outcome: Outcome,
) => void;
