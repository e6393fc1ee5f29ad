/**
 * Which other versions a history proof must speak about (akd_core, utils.rs, get_marker_versions): past ones that must
 * exist, future ones that must not. Any two histories of one label whose newest versions differ contradict each other
 * in one of these, and that is what finds a version that was hidden from its owner (docs/key-verification.md).
 */

/**
 * After each power of two come these, so that a label with few versions needs few absences in a directory with many
 * epochs.
 */
const SKIP_LIST: readonly number[] = [1, 2, 4, 16, 256, 65_536, 2 ** 32];

export interface Markers {
  /** Ascending, below the oldest version shown. */
  readonly past: readonly number[];
  /** Ascending, above the newest version shown and at most the epoch. */
  readonly future: readonly number[];
}

/**
 * `oldest` and `newest` are the versions that the proof shows, 1 to 2^20; `epoch` is that of the answer, at least
 * `newest`.
 */
export function markerVersions(oldest: number, newest: number, epoch: number): Markers {
  return { past: pastMarkers(oldest), future: futureMarkers(newest, epoch) };
}

/** The newest power of two that is not above `version`: the one marker that a lookup shows. */
export function lookupMarker(version: number): number {
  return 2 ** log2(version);
}

/**
 * The skip list's largest entry, then `oldest` with its bits cleared from the lowest one on: 85 gives 16, 64, 80, 84.
 */
function pastMarkers(oldest: number): number[] {
  const markers = new Set([largestInSkipList(oldest)]);
  for (let bit = log2(oldest); bit >= 0; bit--) {
    const shift = 2 ** bit;
    if ((oldest & shift) !== 0) markers.add(oldest - (oldest % (2 * shift)));
  }
  markers.add(lookupMarker(oldest));
  markers.delete(0);
  markers.delete(oldest);
  return [...markers].sort((a, b) => a - b);
}

/**
 * `newest` with each bit that is 0 set and everything below it cleared, then powers of two up to the skip list, then
 * the skip list.
 */
function futureMarkers(newest: number, epoch: number): number[] {
  const markers: number[] = [];
  const bits = log2(newest) + 1;
  for (let bit = 0; bit < bits; bit++) {
    const shift = 2 ** bit;
    const version = newest - (newest % shift) + shift;
    if ((newest & shift) === 0 && version <= epoch) markers.push(version);
  }
  const skips = SKIP_LIST.filter((entry) => entry > newest && entry <= epoch);
  const [firstSkip = Number.POSITIVE_INFINITY] = skips;
  for (let power = 2 ** bits; power < firstSkip && power <= epoch; power *= 2) markers.push(power);
  return [...markers, ...skips];
}

function largestInSkipList(version: number): number {
  return SKIP_LIST.findLast((entry) => entry <= version) ?? 1;
}

/** Of 1 to 2^31-1; Math.log2 rounds. */
function log2(version: number): number {
  return 31 - Math.clz32(version);
}
