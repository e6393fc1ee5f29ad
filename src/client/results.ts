/** What a reader learns. Every result is one of these; a program can switch over `result`. */
import type { CaseFile, HeldCase } from "../core/case-file.ts";
import type { Certificate, MissingAuditor } from "../core/certificate.ts";
import type { QuorumSigner, SignatureFlaw } from "../core/certificate-signatures.ts";
import type { WrongDigestReport } from "../core/wrong-digest.ts";

/** A head as programs compare and print it. */
export interface ReadHead {
  readonly namespace: string;
  /**
   * Absent where nothing signed proves it: the reader knows none, and only late heads name one. Of a head in a node's
   * answer, what the node says.
   */
  readonly origin?: string;
  readonly epoch: number;
  /** 64 lower-case hexadecimal digits. */
  readonly digest: string;
}

/** Why a node's answer was not used. */
export type NodeProblem =
  | "unreachable"
  | "timeout"
  | "refused"
  | "oversized"
  | "truncated"
  | "not-json"
  | "malformed"
  | "wrong-namespace"
  | "wrong-epoch"
  | "wrong-origin";

/** What is odd about an answer that was used. It never helps the node: odd signatures do not count. */
export type NodeRemark =
  | { readonly kind: SignatureFlaw; readonly auditor?: string }
  /** Another answer shows this case. */
  | { readonly kind: "hides-case"; readonly case: string }
  /** Its newest head is older than one that this reader has accepted. */
  | { readonly kind: "rolled-back"; readonly epoch: number };

export interface NodeReport {
  readonly url: string;
  /** The head in its answer; neither this nor a problem if it holds none. */
  readonly head?: ReadHead;
  readonly problem?: { readonly kind: NodeProblem; readonly message: string };
  readonly remarks: readonly NodeRemark[];
}

/** What is true of every result. */
export interface Found {
  readonly signers: readonly QuorumSigner[];
  /** Auditors of the policy that do not count, and why. */
  readonly missing: readonly MissingAuditor[];
  /** Cases that hold for this reader. A `disagreement` is a warning. */
  readonly cases: readonly HeldCase[];
  readonly nodes: readonly NodeReport[];
  /** Nodes that had not answered yet when the result was final; their answers are still read, see `onAlarm`. */
  readonly unheard: readonly string[];
  /** One sentence for experts; `title`, `advice` and `details` are for everybody. */
  readonly explanation: string;
  /** Present when signatures prove that the clock of this device is slow. */
  readonly clockInDoubt?: ClockInDoubt;
  /** Present when the policy is out of date, since these unix milliseconds: renew it. The result is not affected. */
  readonly policyExpiredMs?: number;
  /** Present when the trust state could not be read or written: why. The result itself is not affected. */
  readonly notStored?: string;
}

/**
 * More auditors than may lie signed later than this device's clock says it is. No such thing proves a clock fast: a
 * node can withhold what is new.
 */
export interface ClockInDoubt {
  /** The clock is at least this much behind. */
  readonly behindMs: number;
  readonly advice: string;
}

/** A text in English, and what a translation needs: an id that does not change, and what stands in the text. */
export interface Message {
  readonly id: string;
  readonly text: string;
  readonly values: Readonly<Record<string, string | number>>;
}

/** What the user of an app should read. */
export interface Told {
  /** Stable; a key for translations of `title` and `advice`. */
  readonly messageId: MessageId;
  /** A few words. */
  readonly title: string;
  /** What to do now, in one sentence. */
  readonly advice: string;
  readonly details: readonly Message[];
}

export type MessageId =
  | "satisfied"
  | "satisfied.warned"
  | "not-enough"
  | "pending"
  | "stale.too-old"
  | "stale.rolled-back"
  | "wrong-digest"
  | "conflict"
  | "nodes-disagree"
  | "no-answer"
  | "clock-behind";

/** The policy accepts this head. */
export interface Satisfied extends Found {
  readonly result: "satisfied";
  readonly head: ReadHead;
  /** With the signatures of all nodes: it proves the same to anybody with this policy, offline. */
  readonly certificate: Certificate;
}

/** Too few of the policy's auditors signed, though newer epochs are audited. `head` is absent if no node holds one. */
export interface NotEnough extends Found {
  readonly result: "not-enough";
  readonly head?: ReadHead;
}

/**
 * The epoch is newer than any that the policy accepts yet: ask again later. `signers` lists who has already signed it.
 */
export interface Pending extends Found {
  readonly result: "pending";
  readonly epoch: number;
  /** The newest epoch that the policy accepts, if there is one. */
  readonly acceptedEpoch?: number;
  readonly head?: ReadHead;
}

/** Enough signatures, but too old; or only epochs older than one that this reader has accepted. */
export interface Stale extends Found {
  readonly result: "stale";
  readonly head: ReadHead;
  readonly reason: "too-old" | "rolled-back";
}

/** The auditors saw another digest than the one that was shown to this reader: keep the report. */
export interface WrongDigest extends Found {
  readonly result: "wrong-digest";
  readonly head: ReadHead;
  readonly shownDigest: string;
  readonly report: WrongDigestReport;
}

/** Evidence forbids accepting anything: the provider is convicted, or more auditors than the fault bound. */
export interface Conflict extends Found {
  readonly result: "conflict";
  readonly head: ReadHead;
  /** The evidence itself, to keep and to pass on. */
  readonly files: readonly CaseFile[];
}

/** Two digests for one epoch, and nothing shows which is right: neither is accepted. */
export interface NodesDisagree extends Found {
  readonly result: "nodes-disagree";
  readonly epoch: number;
  readonly digests: readonly { readonly digest: string; readonly signers: readonly string[] }[];
}

/** No node gave a usable answer; `nodes` says why. */
export interface NoAnswer extends Found {
  readonly result: "no-answer";
}

/** What a node made of a report. */
export interface SentReport {
  readonly url: string;
  readonly isTaken: boolean;
  /** Why not. */
  readonly reason?: string;
}

/** Decided, and not yet told. */
export type Untold = Satisfied | NotEnough | Pending | Stale | Conflict | NodesDisagree | NoAnswer;

export type LookupResult = Untold & Told;
export type CheckResult = LookupResult | (WrongDigest & Told);

/** The head that a result is about; undefined where no node holds one, or two contradict each other. */
export function headOfResult(found: Untold | WrongDigest): ReadHead | undefined {
  return found.result === "nodes-disagree" || found.result === "no-answer" ? undefined : found.head;
}
