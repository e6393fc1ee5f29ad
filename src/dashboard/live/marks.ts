/** What each auditor said of one epoch, as a mark in a table. */
import type { Head } from "./answers.ts";
import { firstSignedMs } from "./epoch-book.ts";

/** `both`: signed two digests. `half`: a cosignature alone, which never counts. */
export type MarkKind = "signed" | "late" | "half" | "both" | "none";

export interface Mark {
  readonly kind: MarkKind;
  /** Which of the digests of this epoch, 0 for the one that most auditors signed. */
  readonly side: number;
  readonly timestampMs?: number;
  /** After the first signature of this epoch. */
  readonly delayMs?: number;
}

export interface EpochMarks {
  /** Digests, the one that most auditors signed first. */
  readonly sides: readonly string[];
  readonly byAuditor: ReadonlyMap<string, Mark>;
}

const NONE: Mark = { kind: "none", side: 0 };

export function epochMarks(heads: readonly Head[]): EpochMarks {
  const counts = new Map<string, number>();
  for (const { digest } of heads) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  const sides = [...counts].sort(([a, most], [b, more]) => more - most || (a < b ? -1 : 1)).map(([digest]) => digest);
  const firstMs = firstSignedMs(heads);
  const byAuditor = new Map<string, Mark>();
  for (const { auditor, type, digest, timestampMs } of heads) {
    const before = byAuditor.get(auditor);
    const side = sides.indexOf(digest);
    if (before !== undefined) {
      byAuditor.set(auditor, { ...before, kind: "both", side: Math.max(before.side, side) });
      continue;
    }
    const kind = { "signed-head": "signed", "late-head": "late", "half-head": "half" } as const;
    const delay = firstMs === undefined ? {} : { delayMs: Math.max(0, timestampMs - firstMs) };
    byAuditor.set(auditor, { kind: kind[type], side, timestampMs, ...delay });
  }
  return { sides, byAuditor };
}

export function markOf({ byAuditor }: EpochMarks, auditor: string): Mark {
  return byAuditor.get(auditor) ?? NONE;
}

/** A, B, C ... */
export function sideName(side: number): string {
  return String.fromCharCode(65 + Math.min(side, 25));
}
