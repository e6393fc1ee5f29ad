/** What the page reads of the node's answers (docs/api.md). A test compares it with what the node sends. */
import type { Certificate } from "../../core/certificate.ts";
import type { CaseClass, CaseSubject } from "../../core/evidence.ts";

export interface NamespaceStatus {
  readonly namespace: string;
  readonly origin: string;
  readonly configuration: string;
  readonly logDirectory?: string;
  readonly state: "initializing" | "auditing" | "halted" | "ended";
  readonly halt?: { readonly reason: string; readonly detail: string; readonly atMs: number };
  readonly behind?: { readonly reason: string; readonly code: string; readonly sinceMs: number };
  readonly unguarded: boolean;
  readonly unsigned?: { readonly kind: string };
  readonly guard: {
    readonly needed: number;
    readonly answered: readonly string[];
    readonly missing: readonly string[];
  };
  readonly lastVerified?: { readonly epoch: number; readonly digest: string };
  readonly lastSigned?: { readonly epoch: number; readonly timestampMs: number };
  readonly latestListed?: number;
  readonly verified?: { readonly proofs: number; readonly bytes: number; readonly elapsedMs: number };
  readonly heights: readonly { readonly auditor: string; readonly epoch: number; readonly counts?: false }[];
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
  readonly boundBroken: boolean;
  readonly convicted: readonly string[];
  readonly convictions: readonly { readonly case: string; readonly namespace: string; readonly epoch: number }[];
  readonly namespaces: readonly NamespaceStatus[];
  readonly peers: {
    readonly connected: number;
    readonly roster: readonly { readonly auditor: string; readonly connected: boolean }[];
  };
  readonly cases: { readonly open: number; readonly unacknowledged: number };
  readonly statements: Readonly<Record<string, number>>;
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
}

export interface Head {
  readonly auditor: string;
  readonly type: "signed-head" | "late-head" | "half-head";
  readonly digest: string;
  readonly timestampMs: number;
}

export interface SentHead extends Head {
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
  readonly last?: number;
  readonly acknowledged?: { readonly atMs: number };
}

export interface QuorumAnswer {
  readonly result: "satisfied" | "not-enough" | "stale" | "conflict";
  readonly explanation: string;
  readonly min?: number;
  readonly signers: readonly { readonly auditor: string; readonly timestampMs: number }[];
  readonly missing: readonly { readonly auditor: string; readonly reason: string }[];
  readonly certificate: Certificate;
}

/** A quorum as the event stream tells of it. */
export interface QuorumMark {
  readonly namespace: string;
  readonly epoch: number;
  readonly digest: string;
  readonly result: QuorumAnswer["result"];
  readonly min: number;
  readonly signers: number;
}
