/** The statements that a case shows, in base64, most needed first. */

import { toBase64, toHex } from "../../core/bytes.ts";
import type { Assumptions } from "../../core/evidence.ts";
import { speakerOf } from "../../core/speaking.ts";
import { MAX_EXHIBITS } from "../../core/statement-codec.ts";
import type { EpochView } from "../epoch-view.ts";
import type { CaseRecord } from "./case-record.ts";

/**
 * What speaks at one epoch, the digests in turns: the first two contradict each other, and a cut leaves both sides.
 * [a liar's disagreements leave no room for the proof of a split view]
 */
export function speakingInTurns(
  { heads, providerHeads }: EpochView,
  convicted: ReadonlySet<string>,
  assumptions: Assumptions,
): string[] {
  const sides = new Map<string, string[]>();
  const speaking = heads.filter(({ auditor, head }) => {
    return !convicted.has(auditor) && speakerOf(head, assumptions) !== undefined;
  });
  for (const { head, bytes } of [...providerHeads, ...speaking]) {
    const digest = toHex(head.digest);
    sides.set(digest, [...(sides.get(digest) ?? []), toBase64(bytes)]);
  }
  const longest = Math.max(0, ...[...sides.values()].map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => [...sides.values()].flatMap((side) => side[i] ?? [])).flat();
}

/** The heads of some auditors at one epoch. */
export function headsOf({ heads }: EpochView, auditors: ReadonlySet<string>): string[] {
  return heads.flatMap(({ auditor, bytes }) => (auditors.has(auditor) ? [toBase64(bytes)] : []));
}

/** Those of a case and of the convictions that lower the bound it is judged by: no more than one message carries. */
export function exhibitsWithConvictions(record: CaseRecord, cases: readonly CaseRecord[]): string[] {
  if (record.subject.kind === "auditor") return [...record.exhibits];
  const convictions = cases.filter(({ subject }) => subject.kind === "auditor");
  return [...new Set([...record.exhibits, ...convictions.flatMap(({ exhibits }) => exhibits)])].slice(0, MAX_EXHIBITS);
}
