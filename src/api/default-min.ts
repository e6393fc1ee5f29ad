/**
 * How many of `auditors` must agree when nobody says: floor(2n/3)+1, the least of which any two sets share more than a
 * third of all, so more than the default fault bound. 5 gives 4, 4 gives 3, 1 gives 1.
 */
export function defaultMin(auditors: number): number {
  return Math.floor((2 * auditors) / 3) + 1;
}
