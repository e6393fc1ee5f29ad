/** What a reader learns. Every result is one of these; a program can switch over `result`. */
import type { CaseFile, HeldCase } from "../core/case-file.ts";
import type { Certificate, MissingAuditor } from "../core/certificate.ts";
import type { QuorumSigner, SignatureFlaw } from "../core/certificate-signatures.ts";

/** A head as programs compare and print it. */
export interface ReadHead {
  readonly namespace: string;
  readonly origin: string;
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

interface Counted {
  readonly signers: readonly QuorumSigner[];
  /** Auditors of the policy that do not count, and why. */
  readonly missing: readonly MissingAuditor[];
  /** Cases that hold for this reader. A `disagreement` is a warning. */
  readonly cases: readonly HeldCase[];
  readonly nodes: readonly NodeReport[];
  /** One sentence for people. */
  readonly explanation: string;
}

/** The policy accepts this head. */
export interface Satisfied extends Counted {
  readonly result: "satisfied";
  readonly head: ReadHead;
  /** With the signatures of all nodes: it proves the same to anybody with this policy, offline. */
  readonly certificate: Certificate;
}

/** Too few of the policy's auditors signed, though newer epochs are audited. `head` is absent if no node holds one. */
export interface NotEnough extends Counted {
  readonly result: "not-enough";
  readonly head?: ReadHead;
}

/**
 * The epoch is newer than any that the policy accepts yet: ask again later. `signers` lists who has already signed it.
 */
export interface Pending extends Counted {
  readonly result: "pending";
  readonly epoch: number;
  /** The newest epoch that the policy accepts, if there is one. */
  readonly acceptedEpoch?: number;
  readonly head?: ReadHead;
}

/** Enough signatures, but too old; or only epochs older than one that this reader has accepted. */
export interface Stale extends Counted {
  readonly result: "stale";
  readonly head: ReadHead;
  readonly reason: "too-old" | "rolled-back";
}

/** The auditors saw another digest than the one that was shown to this reader: keep the report. */
export interface WrongDigest extends Counted {
  readonly result: "wrong-digest";
  readonly head: ReadHead;
  readonly shownDigest: string;
  readonly report: WrongDigestReport;
}

/** Evidence forbids accepting anything: the provider is convicted, or more auditors than the fault bound. */
export interface Conflict extends Counted {
  readonly result: "conflict";
  readonly head: ReadHead;
  /** The evidence itself, to keep and to pass on. */
  readonly files: readonly CaseFile[];
}

/** Two digests for one epoch, and nothing shows which is right: neither is accepted. */
export interface NodesDisagree extends Counted {
  readonly result: "nodes-disagree";
  readonly epoch: number;
  readonly digests: readonly { readonly digest: string; readonly signers: readonly string[] }[];
}

/** No node gave a usable answer; `nodes` says why. */
export interface NoAnswer extends Counted {
  readonly result: "no-answer";
}

export type LookupResult = Satisfied | NotEnough | Pending | Stale | Conflict | NodesDisagree | NoAnswer;
export type CheckResult = LookupResult | WrongDigest;

/** The head that a result is about; undefined where no node holds one, or two contradict each other. */
export function headOfResult(found: CheckResult): ReadHead | undefined {
  return found.result === "nodes-disagree" || found.result === "no-answer" ? undefined : found.head;
}

export const REPORT_FORMAT = "coaudit/wrong-digest/v1";

/** A file to keep and to show to auditors. The digest in it was never sent anywhere. */
export interface WrongDigestReport {
  readonly format: typeof REPORT_FORMAT;
  readonly namespace: string;
  readonly origin: string;
  readonly epoch: number;
  readonly shownDigest: string;
  readonly auditedDigest: string;
  readonly reportedAtMs: number;
  readonly certificate: Certificate;
}
