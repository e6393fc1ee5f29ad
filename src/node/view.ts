/** What the HTTP API and the demo see of a running node. */
import type { KeptProof } from "../auditor/bodies/proof-cache.ts";
import type { AuditorStatus } from "../auditor/status.ts";
import type { CaseFile } from "../core/case-file.ts";
import type { Certificate, QuorumVerdict } from "../core/certificate.ts";
import type { CaseClass, CaseSubject } from "../core/evidence.ts";
import type { PlexiMessage, PlexiSuite } from "../core/plexi.ts";
import type { Settlement } from "../core/settlement.ts";
import type { LedgerEvent } from "../ledger/ledger-types.ts";
import type { Outcome } from "../ledger/outcome.ts";
import type { VerifiedProofs } from "./proof-tally.ts";
import type { PublishedDocument } from "./published/published.ts";
import type { Unshared } from "./shared-names.ts";

export interface RosterPeerStatus {
  readonly auditor: string;
  readonly connected: boolean;
  readonly lastError?: string;
  readonly nextAttemptMs?: number;
}

export interface NamespaceStatus extends AuditorStatus {
  readonly namespace: string;
  readonly origin: string;
  readonly configuration: string;
  /** Plexi's ciphersuite of this node's signatures. */
  readonly suite: PlexiSuite;
  /** Where anybody can download the audit proofs, if anywhere. */
  readonly logDirectory?: string;
  /** Who has told this node what they hold of its key, before which it does not sign. */
  readonly guard: {
    /** How many have to. */
    readonly needed: number;
    readonly answered: readonly string[];
    /** Whose answer is still of use. */
    readonly missing: readonly string[];
  };
  /** The highest epoch that each roster auditor has signed, as far as this node knows; 0 for none. */
  readonly heights: readonly {
    readonly auditor: string;
    readonly epoch: number;
    /** Absent, unless it is retired or yet to join. */
    readonly counts?: false;
  }[];
  /** Since the start. */
  readonly verified?: VerifiedProofs;
  /** No other auditor has this namespace, or this origin for it, as far as they said. */
  readonly unshared?: Unshared;
}

export interface NodeStatus {
  readonly name: string;
  readonly version: string;
  readonly vkey: string;
  readonly peerId: string;
  readonly addresses: readonly string[];
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly faultBound: number;
  /** More auditors are convicted than the fault bound allows: quorums are refused. */
  readonly boundBroken: boolean;
  readonly convicted: readonly string[];
  /** Open cases that convict the provider of a namespace of this node. */
  readonly convictions: readonly {
    readonly case: string;
    readonly namespace: string;
    readonly class: CaseClass;
    /** The first that convicts. */
    readonly epoch: number;
    readonly acknowledged: boolean;
  }[];
  readonly namespaces: readonly NamespaceStatus[];
  readonly peers: { readonly connected: number; readonly roster: readonly RosterPeerStatus[] };
  readonly cases: { readonly open: number; readonly unacknowledged: number };
  /** How often each outcome was given to an arriving statement since start. */
  readonly statements: Readonly<Record<string, number>>;
}

export interface Readiness {
  /** It answers readers. */
  readonly ready: boolean;
  /** Why it does not. */
  readonly reasons: readonly string[];
  /** What a person should look at while it does: behind, halted, convicted, not signing. */
  readonly warnings: readonly string[];
}

export interface HeadView {
  readonly auditor: string;
  readonly type: "signed-head" | "late-head" | "half-head";
  readonly digest: string;
  readonly timestampMs: number;
  readonly publicKey: string;
  /** The statement as it was signed, base64. */
  readonly statement: string;
}

export interface CaseView {
  readonly id: string;
  readonly subject: CaseSubject;
  readonly class: CaseClass;
  readonly state: "open" | "explained" | "settled" | "merged";
  readonly convicts: "provider" | "nobody" | { readonly auditor: string };
  readonly openedAtMs: number;
  readonly changedAtMs: number;
  readonly exhibits: number;
  /** Of a fork the newest epoch that convicts; of a dissent the first and the newest epoch and how many there are. */
  readonly first?: number;
  readonly last?: number;
  readonly count?: number;
  readonly acknowledged?: { readonly note: string; readonly atMs: number };
}

/** A number of auditors, or those that a policy of the node's configuration accepts. */
export type Enough = number | { readonly policy: string };

export interface QuorumAnswer {
  readonly result: QuorumVerdict["result"];
  readonly explanation: string;
  /** What was asked for: one of the two. */
  readonly min?: number;
  readonly policy?: string;
  readonly signers: QuorumVerdict["signers"];
  readonly missing: QuorumVerdict["missing"];
  readonly certificate: Certificate;
}

export interface OwnKey {
  /** Lower-case hex. */
  readonly publicKey: string;
  /** Unix milliseconds of the first signature that is held; 0 when none is. */
  readonly notBeforeMs: number;
}

export interface ProviderHeadView {
  readonly message: PlexiMessage;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

export interface ProviderReport {
  readonly message: PlexiMessage;
  readonly signature: Uint8Array;
  /** The last byte of the key, where it is known. */
  readonly keyId?: number;
}

export interface ProviderReportAnswer {
  readonly outcome: Outcome;
  /** The stored provider's head for this epoch and digest; of several, the first to arrive. */
  readonly held?: ProviderHeadView;
}

export interface NodeView {
  status(): NodeStatus;
  /** This node's name as an auditor. */
  readonly name: string;
  /** Sorted; only these have heads, quorums and cases here. */
  readonly namespaces: readonly string[];
  /** Whether it answers readers, and what a person should look at. */
  readiness(): Promise<Readiness>;
  heads(namespace: string, epoch: number): Promise<readonly HeadView[]>;
  /**
   * The certificate for the digest with the most signatures, and this node's own reading of it. Undefined when no head
   * of that epoch (or, for "latest", no head at all) is held. Throws POLICY_UNKNOWN.
   */
  quorum(namespace: string, epoch: number | "latest", enough: Enough): Promise<QuorumAnswer | undefined>;
  /**
   * Another's certificate, read with this node's roster, f, settlements and default quorum. Throws CERTIFICATE_INVALID.
   */
  judge(certificate: Certificate): Promise<Pick<QuorumVerdict, "result" | "explanation">>;
  /** What this node signed first above its root; its chain of signatures begins there. */
  firstSigned(namespace: string): Promise<HeadView | undefined>;
  /** All keys of this auditor in its own roster, the one in use first. */
  ownKeys(): Promise<readonly OwnKey[]>;
  /** How many must agree unless somebody says otherwise: of those in the roster at that epoch, or now. */
  defaultMin(namespace: string, epoch: number | "latest"): number;
  /** The names of all auditors in the roster, sorted, its own among them. */
  rosterNames(): readonly string[];
  /** The keys of all auditors in the roster as C2SP vkeys, sorted. */
  rosterVkeys(): readonly string[];
  /** What it says of itself to whoever wants to add it to a roster; undefined until its first record is signed. */
  published(): PublishedDocument | undefined;
  /** Heads that the provider signed, newest first, at most `limit`. */
  providerHeads(namespace: string, limit: number): Promise<readonly ProviderHeadView[]>;
  /** Accepts a head that the provider signed, and passes it on if it is new. */
  reportProviderHead(report: ProviderReport): Promise<ProviderReportAnswer>;
  /** The audit proof of an epoch that this node verified, if it (still) keeps it. */
  proof(namespace: string, epoch: number): Promise<KeptProof | undefined>;
  /** Looks for new epochs now instead of at the next poll. */
  poke(namespace: string): void;
  /** Heads, slots and cases as they are stored. Returns a function that stops listening. */
  onEvent(listener: (event: LedgerEvent) => void): () => void;
  /** Newest first. */
  cases(): readonly CaseView[];
  caseFile(id: string): CaseFile | undefined;
  acknowledge(id: string, note: string): Promise<boolean>;
  /** Settles a fork. Undefined for an unknown id. Throws CASE_NOT_SETTLEABLE. */
  settle(id: string, answer: Pick<Settlement, "trust" | "note">): Promise<Settlement | undefined>;
  adoptSettlement(settlement: Settlement): Promise<void>;
  /** False where nothing was settled here. */
  withdrawSettlement(namespace: string, first: number): Promise<boolean>;
  /** Leaves a halt. Throws NAMESPACE_UNKNOWN, AUDITOR_NOT_HALTED. */
  resume(namespace: string, reason: string): Promise<void>;
}
