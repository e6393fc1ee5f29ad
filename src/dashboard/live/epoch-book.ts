/** Who signed what at the newest epochs of a namespace, and what follows from the times. */
import type { Head, NamespaceStatus } from "./answers.ts";

export const SHOWN_EPOCHS = 24;

/** By epoch. */
export type EpochBook = ReadonlyMap<number, readonly Head[]>;

/**
 * The newest epoch to show: this node's own, or one that more auditors have signed than may lie. A single head far
 * ahead would push all others out of the picture.
 */
export function newestEpoch(one: NamespaceStatus, faultBound: number): number {
  return Math.max(one.lastVerified?.epoch ?? 0, one.lastSigned?.epoch ?? 0, reachedBy(one, faultBound + 1));
}

/** Newest first. */
export function shownEpochs(newest: number, count: number = SHOWN_EPOCHS): number[] {
  return Array.from({ length: count }, (_, index) => newest - index).filter((epoch) => epoch > 0);
}

/** The book with more heads of an epoch, without what is too old or too far ahead to be shown. */
export function withHeads(book: EpochBook, epoch: number, heads: readonly Head[], newest: number): EpochBook {
  if (epoch <= newest - SHOWN_EPOCHS || epoch > newest + SHOWN_EPOCHS) return book;
  const isNew = (one: Head): boolean =>
    !heads.some((head) => head.auditor === one.auditor && head.digest === one.digest);
  const all = [...(book.get(epoch) ?? []).filter(isNew), ...heads];
  return new Map([...book, [epoch, all] as const].filter(([one]) => one > newest - SHOWN_EPOCHS));
}

/** Unix milliseconds of the first signature. */
export function firstSignedMs(heads: readonly Head[]): number | undefined {
  const times = heads.filter(({ type }) => type !== "late-head").map(({ timestampMs }) => timestampMs);
  return times.length === 0 ? undefined : Math.min(...times);
}

/**
 * When the next epoch can be expected, from the median of the times between those before it; undefined with fewer than
 * three of these. Auditors that catch up sign many epochs at once: such times say nothing about the provider.
 */
export function nextEpochMs(book: EpochBook): { readonly atMs: number; readonly intervalMs: number } | undefined {
  const times = [...book]
    .flatMap(([epoch, heads]) => {
      const ms = firstSignedMs(heads);
      return ms === undefined ? [] : [{ epoch, ms }];
    })
    .sort((a, b) => a.epoch - b.epoch);
  const gaps = times
    .flatMap(({ epoch, ms }, index) => {
      const before = times[index - 1];
      return before !== undefined && before.epoch === epoch - 1 ? [ms - before.ms] : [];
    })
    .sort((a, b) => a - b);
  const newest = times.at(-1);
  const intervalMs = gaps[Math.floor(gaps.length / 2)];
  if (newest === undefined || intervalMs === undefined || gaps.length < 3 || intervalMs <= 0) return undefined;
  return { atMs: newest.ms + intervalMs, intervalMs };
}

/** Epochs a minute that an auditor signed, over what is in the book; undefined with fewer than two. */
export function epochsPerMinute(book: EpochBook, auditor: string): number | undefined {
  const times = [...book.values()]
    .flat()
    .filter((head) => head.auditor === auditor && head.type !== "late-head")
    .map(({ timestampMs }) => timestampMs)
    .sort((a, b) => a - b);
  const [first] = times;
  const last = times.at(-1);
  if (first === undefined || last === undefined || last === first) return undefined;
  return ((times.length - 1) * 60_000) / (last - first);
}

/** The epoch that so many auditors have reached. */
export function reachedBy({ heights }: NamespaceStatus, min: number): number {
  const counting = heights.filter(({ counts }) => counts !== false).map(({ epoch }) => epoch);
  return counting.sort((a, b) => b - a)[min - 1] ?? 0;
}
