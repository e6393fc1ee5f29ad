/** Cuts the elements of a proof into ranges of neighbouring leaves, as soon as it is known which those are. */
import type { Elements, Range } from "./elements.ts";

/** Unchanged positions from..to-1, ascending; more may follow unless it is complete. */
export interface AscendingRun {
  readonly from: number;
  readonly to: number;
  readonly isComplete: boolean;
}

export class RangePlanner {
  readonly #elements: Elements;
  /** Most leaves in a range. */
  readonly #capacity: number;
  /** Unchanged elements in a full range; the rest of its room is for inserted ones among them. */
  readonly #fullSize: number;
  /** Next unchanged position, and next inserted one within the run that begins at #runFrom. */
  #unchanged = 0;
  #inserted = 0;
  #runFrom = -1;

  constructor(elements: Elements, capacity: number) {
    this.#elements = elements;
    this.#capacity = capacity;
    this.#fullSize = capacity - (capacity >>> 3);
  }

  /** Next unchanged position that is in no range yet. */
  get position(): number {
    return this.#unchanged;
  }

  /**
   * The next range of the run that has `position`, with all inserted elements between its first and its last unchanged
   * one, and those between it and the range before it in the run. Undefined: wait for more of the run.
   */
  next(run: AscendingRun): Range | undefined {
    const available = run.to - this.#unchanged;
    if (available < (run.isComplete ? 1 : this.#fullSize)) return undefined;
    if (run.from !== this.#runFrom) {
      this.#runFrom = run.from;
      this.#inserted = this.#elements.firstInsertedFrom(this.#elements.address("unchanged", this.#unchanged), 0);
    }
    const range = this.#largest(Math.min(available, this.#fullSize));
    this.#unchanged = range.unchangedTo;
    this.#inserted = range.insertedTo;
    return range;
  }

  /** With at most `most` unchanged elements, fewer if too many inserted ones are among them, in the worst case none. */
  #largest(most: number): Range {
    const insertedTo = (count: number): number => {
      if (count === 0) return this.#inserted + this.#capacity;
      const last = this.#elements.address("unchanged", this.#unchanged + count - 1);
      return this.#elements.firstInsertedFrom(last, this.#inserted);
    };
    const fits = (count: number): boolean => count + insertedTo(count) - this.#inserted <= this.#capacity;
    let count = most;
    if (!fits(most)) {
      count = 0;
      for (let tooMany = most; tooMany - count > 1; ) {
        const middle = (count + tooMany) >>> 1;
        if (fits(middle)) count = middle;
        else tooMany = middle;
      }
    }
    return {
      unchangedFrom: this.#unchanged,
      unchangedTo: this.#unchanged + count,
      insertedFrom: this.#inserted,
      insertedTo: insertedTo(count),
    };
  }
}

/** Ranges of the inserted elements that are in none of `ranges`, which do not overlap. */
export function leftoverRanges(ranges: readonly Range[], insertedCount: number, capacity: number): Range[] {
  // one without inserted elements parts them all the same
  const taken = ranges.toSorted((a, b) => a.insertedFrom - b.insertedFrom);
  const leftover: Range[] = [];
  let next = 0;
  const add = (to: number): void => {
    for (; next < to; next += Math.min(capacity, to - next)) {
      const insertedTo = next + Math.min(capacity, to - next);
      leftover.push({ unchangedFrom: 0, unchangedTo: 0, insertedFrom: next, insertedTo });
    }
  };
  for (const range of taken) {
    add(range.insertedFrom);
    next = Math.max(next, range.insertedTo);
  }
  add(insertedCount);
  return leftover;
}
