/**
 * What a page needs of one world's trace, small enough to carry: an epoch's heads packed, runs of equal answers joined.
 * Times are microseconds since the world began; nodes are told by their place in `nodes`. timeline-builder.ts makes
 * one, page/lanes.js draws it, page/ledger-at.js looks into it.
 */

export type Role = "auditor" | "observer" | "client";

/**
 * What a node knows, from a time on. Nodes: main (nothing but the main history), fork (a head of the other one), case
 * (holds a case that convicts nobody yet), convicted (holds one that convicts somebody). Clients, by their last answer:
 * right, deceived (satisfied with the other history, or with a key about which the directory lied), warned, unsure
 * (anything else).
 */
export const STATES = ["main", "fork", "case", "convicted", "right", "deceived", "warned", "unsure"] as const;
export type StateName = (typeof STATES)[number];
export const NODE_STATES: readonly StateName[] = ["main", "fork", "case", "convicted"];
export const CLIENT_STATES: readonly StateName[] = ["right", "deceived", "warned", "unsure"];

/** 0: the main history; 1: the other one. */
export type BranchNumber = 0 | 1;

export interface TimelineNode {
  readonly name: string;
  readonly role: Role;
  /** [from when, place in STATES] */
  readonly states: readonly (readonly [number, number])[];
  /** [from, to, why]; `to` is the end of the world where it did not come back. */
  readonly down: readonly (readonly [number, number, string])[];
  /** [when, epoch, branch] of what it signed, and of what the provider showed it. */
  readonly signed: readonly (readonly [number, number, BranchNumber])[];
  readonly shown: readonly (readonly [number, number, BranchNumber])[];
  /** [when, place in Timeline.cases, class; null: explained from then on] */
  readonly cases: readonly (readonly [number, number, string | null])[];
  readonly halted: readonly (readonly [number, string])[];
  /**
   * The first of each run of equal answers: [when, result, epoch or -1, branch or -1, whom it asked, how many alike].
   */
  readonly answers: readonly (readonly [number, string, number, number, string, number])[];
  /** Heads in order of time, packed by HeadColumn; page/ledger-at.js reads them. */
  readonly heads: string;
}

export interface TimelineCase {
  readonly id: string;
  readonly about: string;
}

/** Many alike in one lane: how many of them were in which state from a time on. */
export interface Crowd {
  readonly role: Role;
  readonly count: number;
  readonly states: readonly StateName[];
  /** [from when, how many in each of `states`, how many down] */
  readonly steps: readonly (readonly number[])[];
}

/** A head that somebody signed: who, epoch, branch. A node's packed heads name it by its place in Timeline.claims. */
export type Claim = readonly [number, number, BranchNumber];

export interface Timeline {
  readonly endUs: number;
  /** When the provider first showed somebody the other history. */
  readonly lieUs: number | null;
  /** [when, epoch, branch]: when it appeared; of the other history, when somebody was first shown it. */
  readonly epochs: readonly (readonly [number, number, BranchNumber])[];
  readonly partitions: readonly { readonly fromUs: number; readonly toUs: number; readonly groups: string }[];
  readonly nodes: readonly TimelineNode[];
  readonly claims: readonly Claim[];
  readonly cases: readonly TimelineCase[];
  readonly crowds: readonly Crowd[];
  /** Lines of the trace, and what of them is not in here, in words. */
  readonly lines: number;
  readonly leftOut: readonly string[];
}
