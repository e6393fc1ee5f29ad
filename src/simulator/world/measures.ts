/** What one world amounts to: plain numbers, the same for every world, so that sweeps and reports need nothing else. */

/**
 * Times are milliseconds since the lie began (the first time that somebody was shown the other history, an older end of
 * the log, or an invalid proof); null: it did not happen.
 */
export interface Detection {
  /** From then on nobody looks any more: the time at which an undetected world is censored. */
  readonly observedMs: number;
  /** The first honest node that holds a case about it. */
  readonly firstMs: number | null;
  readonly firstEpochs: number | null;
  /** Every honest node that was up at the end holds one. */
  readonly everyHonestMs: number | null;
  /** The first honest node that convicts the provider or its channel. */
  readonly convictionMs: number | null;
  readonly everyConvictionMs: number | null;
  /** The first client that is told of a conflict, or is warned of a wrong digest. */
  readonly clientMs: number | null;
  /** Where clients check keys: the first person that refuses the key of the one about whom it was lied to, by alarm. */
  readonly victimMs?: number | null;
  /** Where clients check keys: the first owner whose own history raises an alarm. */
  readonly ownerMs?: number | null;
}

/** What came of checks of keys. */
export interface KeyMeasures {
  /** Of contacts' keys. */
  readonly checks: number;
  /** Of these checks that showed the contact's key to be right, `changed` ones too; null without checks. */
  readonly verified: number | null;
  /** How many checks ended how. */
  readonly results: Readonly<Record<string, number>>;
  /** Keys that persons took on a lie, before their owner knew of it. */
  readonly deceived: number;
  /** Alarms about somebody of whom this person was told no lie; must be 0. */
  readonly falseAlarms: number;
}

export interface WorldMeasures {
  readonly epochs: number;
  readonly nodes: number;
  /** Absent where nobody lied. */
  readonly detection?: Detection;
  /** Epochs of the other history that clients accepted as satisfied by their policy. */
  readonly victimAccepted: number;
  /** Honest auditors convicted by an honest node, and providers that did not lie; must be 0. */
  readonly falseConvictions: number;
  readonly cases: number;
  readonly perNode: {
    readonly messagesSent: number;
    readonly messagesReceived: number;
    readonly duplicatesReceived: number;
    readonly bytesSent: number;
    readonly syncRounds: number;
    readonly syncBytes: number;
  };
  /** Of all questions of clients; null without clients. */
  readonly quorumAvailability: number | null;
  readonly clientAnswers: Readonly<Record<string, number>>;
  /** Where clients check keys. */
  readonly keys?: KeyMeasures;
  readonly signedHeads: number;
  /** How long a head took to reach a node, ms: quantiles over all (head, node) pairs; null where no head travelled. */
  readonly headDelayMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  /** How many events of the queue the world took. */
  readonly events: number;
  readonly virtualMs: number;
}
