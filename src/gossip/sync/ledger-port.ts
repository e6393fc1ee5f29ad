/** What head sync needs from a ledger. The implementation keeps `summaries` in step with the store. */
import { compareBytes, equalBytes } from "../../core/bytes.ts";
import { compareSeries, floorBucketOf, type HeadSummaries, type Series } from "../../ledger/summaries.ts";
import { type Floor, namespaceId, seriesId, topHash } from "./sync-frames.ts";

export interface LedgerPort {
  /**
   * The series that this node compares (docs/protocol.md 9.2): roster auditors that it has not convicted, times its
   * namespaces, and the series without one or the other. Statements of a convicted auditor are no longer stored, so its
   * series would differ for ever. Returns the same array until the set changes.
   */
  series(): readonly Series[];
  /**
   * The heads of convicted auditors: not compared, but answered for, and fetched up to the epoch to which this node
   * still trusts them. [a new node never gets what it forgives] Returns the same array until the set changes.
   */
  convictedSeries(): readonly ConvictedSeries[];
  /** Slots below this epoch may have been removed; 0 when nothing was. */
  lowWaterEpoch(namespace: string): number;
  readonly summaries: HeadSummaries;
  /** All statements of each slot, in the order of the epochs; an empty slot is an empty list. */
  statements(series: Series, epochs: readonly number[]): Promise<readonly (readonly Uint8Array[])[]>;
  /** The statement behind each item id, in the order of the ids; undefined for one that is gone. */
  items(series: Series, ids: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
}

export interface ConvictedSeries extends Series {
  /** The roster's `trusted-until` for this namespace: nothing above it is taken; undefined: nothing at all. */
  readonly trustedUntil: number | undefined;
}

/** A series with its id in frames. */
export interface NamedSeries<Kind extends Series = Series> {
  readonly series: Kind;
  readonly id: Uint8Array;
}

/** Ids computed before, by the list they belong to: a ledger returns the same list until something changes. */
const named: WeakMap<readonly Series[], readonly NamedSeries[]> = new WeakMap();

/** The ledger's series by id, ascending. */
export function namedSeries(ledger: LedgerPort): readonly NamedSeries[] {
  const all = ledger.series();
  const known = named.get(all);
  if (known !== undefined) return known;
  const sorted = [...all]
    .sort(compareSeries)
    .map((series) => ({ series, id: seriesId(series) }))
    .sort((a, b) => compareBytes(a.id, b.id));
  named.set(all, sorted);
  return sorted;
}

export function namedConvicted(ledger: LedgerPort): readonly NamedSeries<ConvictedSeries>[] {
  return ledger.convictedSeries().map((series) => ({ series, id: seriesId(series) }));
}

/** docs/protocol.md 9.2: buckets below the floor are not compared, because retention may have removed them. */
export function floorOf(ledger: LedgerPort, namespace: string): number {
  return floorBucketOf(ledger.lowWaterEpoch(namespace));
}

/** The first bucket to compare with a peer that announced `theirs`: the higher of both floors. */
export function commonFloor(ledger: LedgerPort, namespace: string, theirs: readonly Floor[]): number {
  // Most ledgers keep everything and announce no floor.
  if (theirs.length === 0) return floorOf(ledger, namespace);
  const id = namespaceId(namespace);
  const their = theirs.find((floor) => equalBytes(floor.namespace, id))?.bucket ?? 0;
  return Math.max(floorOf(ledger, namespace), their);
}

/** Floors that are not 0, by namespace id, ascending. */
export function floorsOf(ledger: LedgerPort): Floor[] {
  const namespaces = new Set(ledger.series().map(({ namespace }) => namespace));
  return (
    [...namespaces]
      .map((namespace) => ({ namespace, bucket: floorOf(ledger, namespace) }))
      // Before hashing the names: usually none is left.
      .filter(({ bucket }) => bucket > 0)
      .map(({ namespace, bucket }) => ({ namespace: namespaceId(namespace), bucket }))
      .sort((a, b) => compareBytes(a.namespace, b.namespace))
  );
}

/** The `top` hash of docs/protocol.md 9.2, over everything that is compared. */
export async function ledgerTop(ledger: LedgerPort, all: readonly NamedSeries[]): Promise<Uint8Array> {
  const hashes: { id: Uint8Array; hash: Uint8Array }[] = [];
  for (const { series, id } of all) {
    const floor = floorOf(ledger, series.namespace);
    if (!ledger.summaries.isEmpty(series, floor))
      hashes.push({ id, hash: await ledger.summaries.rollUp(series, floor) });
  }
  return topHash(hashes);
}
