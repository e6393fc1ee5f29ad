/**
 * Puts ascending runs in order, each as a whole: the sorting that a provider leaves to do when it works in parallel.
 */
import { compareRecords } from "../kernel/records.ts";

/**
 * The indices 0..count-1 in ascending order of their records, given where the runs begin; undefined when runs overlap.
 * `address(index)` is in bytes.
 */
export function orderOfRuns(
  words: Uint32Array,
  address: (index: number) => number,
  starts: readonly number[],
  count: number,
): Uint32Array | undefined {
  const compare = (a: number, b: number): number => compareRecords(words, address(a) >>> 2, address(b) >>> 2);
  const runs = starts
    .map((from, index) => ({ from, to: starts[index + 1] ?? count }))
    .filter(({ from, to }) => from < to);
  runs.sort((a, b) => compare(a.from, b.from));
  const order = new Uint32Array(count);
  let at = 0;
  let previous: number | undefined;
  for (const { from, to } of runs) {
    if (previous !== undefined && compare(previous, from) > 0) return undefined;
    for (let index = from; index < to; index++) order[at++] = index;
    previous = to - 1;
  }
  return order;
}
