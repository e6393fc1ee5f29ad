/** Who connects to whom. Auditors dial each other, as their rosters say; observers know some others. */
import type { RandomStreams } from "../engine/random-streams.ts";
import type { Directory } from "../machines/directory.ts";

/** Of the places that an observer knows this many are auditors: their addresses are public. */
const AUDITORS_KNOWN = 1;

/**
 * The places to which an observer connects. Each draws from a stream of its own, so that one observer more does not
 * reshuffle the others.
 */
export function neighboursOf(
  observer: string,
  degree: number,
  { directory, streams }: { directory: Directory; streams: RandomStreams },
): string[] {
  const random = streams.stream("topology", observer);
  const auditors = random.sample(directory.auditors, Math.min(AUDITORS_KNOWN, degree));
  const others = directory.observers.filter((place) => place !== observer);
  return [...auditors, ...random.sample(others, Math.max(0, degree - auditors.length))];
}
