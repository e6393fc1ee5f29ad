/** What head sync needs of a ledger. Whoever implements it keeps `summaries` in step with the store. */
import { compareBytes, equalBytes } from "../../core/bytes.ts";
import { compareSeries, floorBucketOf, type HeadSummaries, type Series } from "../../ledger/summaries.ts";
import { type Floor, namespaceId, seriesId, topHash } from "./sync-frames.ts";

export interface LedgerPort {
  /**
   * The series this node takes part in: auditors of its roster that it has not convicted, times its namespaces, and
   * those without one of the two. What a convicted auditor says is no longer stored, so its series would differ for
   * ever. The same array while they are the same.
   */
  series(): readonly Series[];
  /** Slots below this epoch may have been removed; 0 when nothing was. */
  lowWaterEpoch(namespace: string): number;
  readonly summaries: HeadSummaries;
  /** All statements of each slot, in the order of the epochs; an empty slot is an empty list. */
  statements(series: Series, epochs: readonly number[]): Promise<readonly (readonly Uint8Array[])[]>;
  /** The statement behind each item id, in the order of the ids; undefined for one that is gone. */
  items(series: Series, ids: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
}

/** A series with the name it has in frames. */
export interface NamedSeries {
  readonly series: Series;
  readonly id: Uint8Array;
}

/** What was named before, by the list that was named: a ledger hands out the same one until something changes. */
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

/** Buckets below the floor are not compared, since retention may have removed them. */
export function floorOf(ledger: LedgerPort, namespace: string): number {
  return floorBucketOf(ledger.lowWaterEpoch(namespace));
}

/** Where the comparison with a peer of these floors begins. */
export function commonFloor(ledger: LedgerPort, namespace: string, theirs: readonly Floor[]): number {
  // Most ledgers keep everything, and then there is nothing to look for.
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
      // Before the names are hashed: mostly none is left.
      .filter(({ bucket }) => bucket > 0)
      .map(({ namespace, bucket }) => ({ namespace: namespaceId(namespace), bucket }))
      .sort((a, b) => compareBytes(a.namespace, b.namespace))
  );
}

/** One hash over everything that is compared. */
export async function ledgerTop(ledger: LedgerPort, all: readonly NamedSeries[]): Promise<Uint8Array> {
  const hashes: { id: Uint8Array; hash: Uint8Array }[] = [];
  for (const { series, id } of all) {
    const floor = floorOf(ledger, series.namespace);
    if (!ledger.summaries.isEmpty(series, floor))
      hashes.push({ id, hash: await ledger.summaries.rollUp(series, floor) });
  }
  return topHash(hashes);
}
