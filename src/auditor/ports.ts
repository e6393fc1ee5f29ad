/** What the audit of one namespace needs from the rest of the node, and no more. */
import type { ConfigurationName } from "../akd/configuration.ts";
import type { SignedHead } from "../core/head.ts";
import type { Observation, RecordedRoot } from "../core/statement.ts";
import type { Claim, ClockWord, Halt, Mark } from "../ledger/claims/claim-record.ts";
import type { BlobName, FetchedBlob } from "../source/source.ts";

/** The claim book (ledger/claim-book.ts). Shared by all namespaces of a node. */
export interface Claims {
  /**
   * Compare-and-set; a new claim is on disk when it resolves, and a slot that holds this digest answers with the stored
   * claim.
   */
  claim(claim: Claim): Promise<Claim>;
  get(namespace: string, epoch: number): Promise<Claim | undefined>;
  newest(namespace: string): Claim | undefined;
  /** Nothing unclaimed at or below it is ever claimed. */
  mark(namespace: string): number;
  /** Durable, and serialised with claims. */
  setMark(namespace: string, mark: Mark): Promise<void>;
  /** Durable, and serialised with claims: once it resolves no new claim of the namespace is granted. */
  setHalt(namespace: string, halt: Halt): Promise<void>;
  clearHalt(namespace: string, resume: { detail: string; atMs: number }): Promise<void>;
  haltOf(namespace: string): Halt | undefined;
  /** A person's newest word that this machine's clock is right. */
  clockWord(namespace: string): ClockWord | undefined;
  /** No new claim is dated before it: the newest claim, or a person's word after it. */
  notBeforeMs(namespace: string): number | undefined;
}

/**
 * The root in use, remembered before it is used: it goes into the AuditorRecord, and a root at first sight must not
 * move.
 */
export interface RootStore {
  get(namespace: string): Promise<RecordedRoot | undefined>;
  /** Synced when it resolves. */
  set(root: RecordedRoot): Promise<void>;
  /** Under which configuration the first proof of the namespace was right; undefined: none yet. */
  configurationOf(namespace: string): Promise<ConfigurationName | undefined>;
  /** For ever, and synced when it resolves; called once the root is set. */
  bindConfiguration(namespace: string, configuration: ConfigurationName): Promise<void>;
}

/** Where own heads go: the ledger, and from there to the other nodes. */
export interface HeadSink {
  /** Called before the head of an epoch is recorded, and while epochs are verified without being signed. */
  noteVerified(namespace: string, epoch: number): void;
  /**
   * Stored when it resolves; it need not be synced, since the claim yields the same bytes again. Throws if the ledger
   * did not accept the head; a head that it already holds is no error.
   */
  recordOwn(head: SignedHead): Promise<void>;
  /** True when the ledger holds this node's head for the epoch. */
  holdsOwn(namespace: string, epoch: number): Promise<boolean>;
}

export interface ObservationSink {
  /** Stored when it resolves. The ledger keeps one per (auditor, namespace, epoch, kind); another one is no error. */
  recordOwn(observation: Observation): Promise<void>;
}

/** What the other auditors of this namespace say, as the ledger knows it. */
export interface OtherAuditors {
  /** The highest epoch that more auditors signed than the reader assumes to lie; 0 when there is none. */
  highestSignedByOthers(): number;
  /** The highest epoch of a valid head under this node's own key, whoever showed it; 0 when there is none. */
  highestOwnShown(): number;
  /** The times of the newest head of each other roster auditor, unix ms. */
  recentHeadTimesMs(): readonly number[];
}

/**
 * open: enough auditors of the roster have reported what they hold of this node's key. above-mark: too few, for long,
 * so that only epochs are signed that no earlier life can have signed (docs/protocol.md 11, promise 6).
 */
export type GuardState = "closed" | "above-mark" | "open";

export interface SigningGuard {
  state(): GuardState;
}

/** Another place from which a blob that the provider lists may be fetched. */
export interface BlobMirror {
  readonly host: string;
  /** Throws SOURCE_ errors only. */
  fetch(name: BlobName, signal: AbortSignal): Promise<FetchedBlob>;
}
