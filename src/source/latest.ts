/** Keys sort as text and no bucket names its newest epoch, so it is searched: O(log distance) questions from the epoch one knows. */
import { MAX_NUMBER } from "../core/numbers.ts";

export interface LatestProbes {
  isListed(epoch: number): Promise<boolean>;
  /** Any epoch that is listed, for a log that does not begin where one looks; undefined: nothing is. */
  anyListed(): Promise<number | undefined>;
}

/** 2 x 53 for a climb and its bisection over the whole range, and as much again for a log with holes; a source cannot ask for more. */
const MAX_PROBES = 240;

/**
 * The newest listed epoch found from `from`. A single missing epoch does not hide those above it: it may be withheld, or the answer
 * of a stale replica. In the steady state (`from` is the newest) this asks three times.
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

  let low = (await descend(isListed, Math.max(1, from))) ?? (await probes.anyListed());
  if (low === undefined) return undefined;
  for (;;) {
    low = await climb(isListed, low);
    if (!(await isListed(low + 2))) return low;
    low += 2;
  }
}

type IsListed = (epoch: number) => Promise<boolean>;

/** `from`, or else the nearest listed epoch that doubling steps down from it meet. */
async function descend(isListed: IsListed, from: number): Promise<number | undefined> {
  if (await isListed(from)) return from;
  for (let step = 1; step < from; step *= 2) {
    if (await isListed(from - step)) return from - step;
  }
  return from > 1 && (await isListed(1)) ? 1 : undefined;
}

/** Doubling steps up from `base`, which is listed, until two in a row miss; then bisects between the last hit and the miss after it. */
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

async function bisect(isListed: IsListed, low: number, high: number): Promise<number> {
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (await isListed(middle)) low = middle;
    else high = middle;
  }
  return low;
}
