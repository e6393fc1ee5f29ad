/**
 * Keys sort as text and no bucket names its newest epoch, so it is searched: O(log distance) questions from the epoch
 * one knows.
 */
import { MAX_NUMBER } from "../core/numbers.ts";

export interface LatestProbes {
  isListed(epoch: number): Promise<boolean>;
  /** Any listed epoch, for a log that does not begin where one looks; undefined if there is none. */
  anyListed(): Promise<number | undefined>;
}

/**
 * 2 x 53 for a climb and its bisection over the whole range, and as much again for a log with holes; a source cannot
 * ask for more.
 */
const MAX_PROBES = 240;

/**
 * The newest listed epoch found from `from`. A single missing epoch does not hide those above it: it may be withheld,
 * or the answer of a stale replica. In the steady state (`from` is the newest) this asks three times.
 */
export async function searchLatest(probes: LatestProbes, from: number): Promise<number | undefined> {
  const known = new Map<number, boolean>();
  const isListed = async (epoch: number): Promise<boolean> => {
    if (epoch < 1 || epoch > MAX_NUMBER) return false;
    const before = known.get(epoch);
    if (before !== undefined) return before;
    if (known.size >= MAX_PROBES) return false;
    const listed = await probes.isListed(epoch);
    known.set(epoch, listed);
    return listed;
  };

  const start = Math.max(1, Math.min(from, MAX_NUMBER));
  let low = (await descend(isListed, start)) ?? (await probes.anyListed());
  if (low === undefined) return undefined;
  for (;;) {
    low = await climb(isListed, low);
    if (!(await isListed(low + 2))) return low;
    low += 2;
  }
}

type IsListed = (epoch: number) => Promise<boolean>;

/**
 * `start`, or else the newest below it: doubling steps down to a listed epoch, then a bisection up to the miss before
 * it.
 */
async function descend(isListed: IsListed, start: number): Promise<number | undefined> {
  if (await isListed(start)) return start;
  let high = start;
  for (let step = 1; high > 1; step *= 2) {
    const low = Math.max(1, start - step);
    if (await isListed(low)) return bisect(isListed, low, high);
    high = low;
  }
  return undefined;
}

/**
 * Doubling steps up from `base`, which is listed, until two in a row miss; then a bisection between the last hit and
 * the miss after it.
 */
async function climb(isListed: IsListed, base: number): Promise<number> {
  let low = base;
  let high: number | undefined;
  for (let step = 1; base + step <= MAX_NUMBER; step *= 2) {
    if (await isListed(base + step)) {
      low = base + step;
      high = undefined;
    } else if (high === undefined) {
      high = base + step;
    } else {
      break;
    }
  }
  return bisect(isListed, low, high ?? MAX_NUMBER + 1);
}

/** `low` is listed and `high` is not; so are the epoch that is returned and the one after it. */
async function bisect(isListed: IsListed, low: number, high: number): Promise<number> {
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (await isListed(middle)) low = middle;
    else high = middle;
  }
  return low;
}
