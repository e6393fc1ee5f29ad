/**
 * Lines that lie over each other: the lower one is drawn wider, so that its colour shows on both sides of the upper
 * one. Moving them apart would misstate their values.
 */

/** Of a line that lies over no other. */
const WIDTH = 2.2;
const STEP = 2.4;
/** What all steps of one figure may add: more would hide neighbouring lines. */
const MOST_ADDED = 10;
/** Of an axis from 0 to 1: about two pixels. */
const SAME = 0.008;

/**
 * Widths of lines that are drawn in this order. `lines`: heights from 0 to 1 at the same places, NaN where a line has
 * none.
 */
export function nestedWidths(lines: readonly (readonly number[])[]): number[] {
  const step = Math.min(STEP, MOST_ADDED / Math.max(1, lines.length - 1));
  return lines.map((line, i) => WIDTH + step * lines.slice(i + 1).filter((above) => coincide(line, above)).length);
}

/**
 * Over half of their length, or over a quarter of what follows where the first of the two leaves its first height: all
 * survival curves begin at 1.
 */
function coincide(one: readonly number[], other: readonly number[]): boolean {
  const isSame = (height: number, place: number): boolean => Math.abs(height - (other[place] ?? Number.NaN)) < SAME;
  const leaves = (line: readonly number[]): number => {
    const place = line.findIndex((height) => height !== line[0]);
    return place < 0 ? line.length : place;
  };
  const begin = Math.min(leaves(one), leaves(other));
  const same = one.filter(isSame).length;
  const sameAfter = one.filter((height, place) => place >= begin && isSame(height, place)).length;
  return same > one.length / 2 || (begin < one.length && sameAfter > (one.length - begin) / 4);
}
