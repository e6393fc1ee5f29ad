import type { Timeline } from "../timeline.ts";

export interface Ledger {
  readonly heads: readonly { epoch: number; branch: 0 | 1; of: number; atUs: number; way: string }[];
  readonly cases: readonly { id: string; about: string; class: string; sinceUs: number }[];
  readonly down: string | undefined;
  readonly state: number | undefined;
  readonly halted: string | undefined;
  readonly signed: number;
}

export function ledgerAt(timeline: Timeline, place: number, atUs: number): Ledger;
export function eventTimes(timeline: Timeline): number[];
