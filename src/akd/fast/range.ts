/**
 * The heart of the fast verifier: a range of neighbouring leaves, reduced to the few subtrees that are complete within
 * it, in the tree before the epoch and in the tree after it at once.
 *
 * Neighbours part at the depth of their common prefix, and there the trie has an interior node. A node belongs to a
 * range alone when both places where its leaves end part at a smaller depth than it; what is known about the places
 * where the range itself ends are two border depths. So ranges can be reduced in any order, on any thread, before the
 * leaves around them are known, and what they leave (at most 256 subtrees on either side, whatever the labels) is
 * reduced again, together with what their neighbours leave.
 */
import { type Kernel, setEpoch } from "../kernel/kernel.ts";
import { JOB_BYTES, RECORD_BYTES, RECORD_LENGTH } from "../kernel/layout.ts";
import { compareRecords, sharedBits } from "../kernel/records.ts";

/** Neighbours are not known: nothing that touches the border is complete. */
export const OPEN_BORDER = 257;
/** Neighbours part at the root, which is made last, since it exists whatever is below it. */
export const ROOT_BORDER = 0;

/**
 * A reduced subtree: label (eight words) of some leaf below it, edge before (eight), edge after (eight), one word of
 * Presence.
 */
export const SUBTREE_WORDS = 25;
export const SUBTREE_BEFORE = 8;
export const SUBTREE_AFTER = 16;
export const SUBTREE_PRESENCE = 24;
/** Whether the subtree is in the tree before the epoch; one that is the same in both need not be hashed twice. */
export const PRESENCE = { added: 0, changed: 1, same: 2 } as const;

/** Records that follow each other in the kernel's memory, ascending by label and length. */
export interface Run {
  readonly address: number;
  readonly count: number;
}

/**
 * Two leaves that no tree can hold together; a place is k for the k-th unchanged record, -1-k for the k-th inserted
 * one.
 */
export type Conflict = readonly [place: number, place: number];

export type RangeResult =
  | { readonly subtrees: Uint32Array; readonly conflict?: undefined }
  | { readonly conflict: Conflict };

/**
 * A call of the kernel takes at most so many items: while its code is the engine's first draft, a running call does not
 * get faster.
 */
const ITEMS_PER_CALL = 2048;
const MAX_DEPTH = 256;

export class RangeReducer {
  /** Most leaves in a range. */
  readonly capacity: number;
  /** Where a caller may put the records or subtrees of a range: room for `capacity` of either. */
  readonly inputAddress: number;
  /** First address behind what the reducer uses. */
  readonly endAddress: number;
  readonly #kernel: Kernel;
  readonly #edges: number;
  readonly #nodes: number;
  readonly #jobs: number;
  readonly #list: number;
  // leaves in order: addresses of label and edges, 0 for an edge in a tree that does not have the leaf
  readonly #labels: Uint32Array;
  readonly #before: Uint32Array;
  readonly #after: Uint32Array;
  readonly #places: Int32Array;
  /** The depth at which a leaf and the next one part. */
  readonly #depths: Uint16Array;
  /** Of each job, 2 (height - 1) + (1 for both trees): jobs of one key need nothing of each other. */
  readonly #keys: Uint16Array;
  readonly #keyCounts = new Uint32Array(2 * MAX_DEPTH + 1);
  // left subtrees that wait for their right sibling, and complete ones, which come before them
  readonly #waiting: Subtrees = new Subtrees(MAX_DEPTH + 2);
  readonly #complete: Subtrees = new Subtrees(2 * MAX_DEPTH + 4);

  constructor(kernel: Kernel, address: number, capacity: number) {
    this.capacity = capacity;
    this.#kernel = kernel;
    this.#edges = address;
    this.#nodes = this.#edges + 32 * capacity;
    this.#jobs = this.#nodes + 64 * capacity;
    this.#list = this.#jobs + JOB_BYTES * capacity;
    this.inputAddress = this.#list + 4 * capacity;
    this.endAddress = this.inputAddress + 4 * SUBTREE_WORDS * capacity;
    kernel.memory.reserve(this.endAddress);
    this.#labels = new Uint32Array(capacity);
    this.#before = new Uint32Array(capacity);
    this.#after = new Uint32Array(capacity);
    this.#places = new Int32Array(capacity);
    this.#depths = new Uint16Array(capacity);
    this.#keys = new Uint16Array(capacity);
  }

  /** A range of elements of a proof into `epoch`, given as its two kinds. Borders are open. */
  reduceElements(unchanged: Run, inserted: Run, epoch: number): RangeResult {
    const count = unchanged.count + inserted.count;
    this.#merge(unchanged, inserted);
    this.#findDepths(count, OPEN_BORDER);
    const conflict = this.#firstConflict(count);
    if (conflict !== undefined) return { conflict };
    setEpoch(this.#kernel, epoch);
    for (let i = 0; i < unchanged.count; i += ITEMS_PER_CALL) {
      const items = Math.min(ITEMS_PER_CALL, unchanged.count - i);
      this.#kernel.leaves(unchanged.address + i * RECORD_BYTES, items, this.#edges + 32 * i);
    }
    const insertedEdges = this.#edges + 32 * unchanged.count;
    for (let i = 0; i < inserted.count; i += ITEMS_PER_CALL) {
      const items = Math.min(ITEMS_PER_CALL, inserted.count - i);
      this.#kernel.insertedLeaves(inserted.address + i * RECORD_BYTES, items, insertedEdges + 32 * i);
    }
    return { subtrees: this.#reduce(count, OPEN_BORDER) };
  }

  /** Neighbouring subtrees, which lie at inputAddress. */
  reduceSubtrees(count: number, border: typeof OPEN_BORDER | typeof ROOT_BORDER): Uint32Array {
    const { words } = this.#kernel.memory;
    for (let i = 0; i < count; i++) {
      const address = this.inputAddress + 4 * SUBTREE_WORDS * i;
      const presence = words[(address >>> 2) + SUBTREE_PRESENCE] as number;
      this.#labels[i] = address;
      this.#after[i] = address + 4 * SUBTREE_AFTER;
      if (presence === PRESENCE.added) this.#before[i] = 0;
      else this.#before[i] = address + 4 * (presence === PRESENCE.same ? SUBTREE_AFTER : SUBTREE_BEFORE);
    }
    this.#findDepths(count, border);
    return this.#reduce(count, border);
  }

  #merge(unchanged: Run, inserted: Run): void {
    const { words } = this.#kernel.memory;
    const labels = this.#labels;
    const before = this.#before;
    const after = this.#after;
    const places = this.#places;
    const insertedEdges = this.#edges + 32 * unchanged.count;
    const count = unchanged.count + inserted.count;
    let u = 0;
    let i = 0;
    for (let k = 0; k < count; k++) {
      const unchangedRecord = unchanged.address + u * RECORD_BYTES;
      const insertedRecord = inserted.address + i * RECORD_BYTES;
      const takesInserted =
        u === unchanged.count ||
        (i < inserted.count && compareRecords(words, insertedRecord >>> 2, unchangedRecord >>> 2) <= 0);
      if (takesInserted) {
        labels[k] = insertedRecord;
        before[k] = 0;
        after[k] = insertedEdges + 32 * i;
        places[k] = -1 - i;
        i++;
      } else {
        const edge = this.#edges + 32 * u;
        labels[k] = unchangedRecord;
        before[k] = edge;
        after[k] = edge;
        places[k] = u;
        u++;
      }
    }
  }

  #findDepths(count: number, border: number): void {
    const { words } = this.#kernel.memory;
    const labels = this.#labels;
    const depths = this.#depths;
    for (let k = 1; k < count; k++) {
      depths[k - 1] = sharedBits(words, (labels[k - 1] as number) >>> 2, (labels[k] as number) >>> 2);
    }
    depths[count - 1] = border;
  }

  /** A label that is a prefix of its neighbour, or the same: order.ts says why neighbours are enough. */
  #firstConflict(count: number): Conflict | undefined {
    const { words } = this.#kernel.memory;
    for (let k = 1; k < count; k++) {
      const lengthBits = words[((this.#labels[k - 1] as number) + RECORD_LENGTH) >>> 2] as number;
      if ((this.#depths[k - 1] as number) < lengthBits) continue;
      return [this.#places[k - 1] as number, this.#places[k] as number];
    }
    return undefined;
  }

  #reduce(count: number, border: number): Uint32Array {
    const jobs = this.#findNodes(count, border);
    this.#hashNodes(jobs);
    return this.#collect();
  }

  /**
   * One pass over the leaves; waiting subtrees have ascending depths, so there are never more than 257. Returns the
   * number of jobs.
   */
  #findNodes(count: number, border: number): number {
    const { words } = this.#kernel.memory;
    const waiting = this.#waiting;
    const complete = this.#complete;
    // read once: the loop below runs for every leaf of every proof, and fields would be read again after each store
    const { labels: waitingLabels, before: waitingBefore, after: waitingAfter } = waiting;
    const { heights: waitingHeights, depths: waitingDepths } = waiting;
    const [labels, befores, afters] = [this.#labels, this.#before, this.#after];
    const [depths, keys, keyCounts] = [this.#depths, this.#keys, this.#keyCounts];
    complete.size = 0;
    let waitingCount = 0;
    let leftBorder = border;
    let jobs = 0;
    let job = this.#jobs >>> 2;
    let result = this.#nodes;
    for (let k = 0; k < count; k++) {
      const label = labels[k] as number;
      let before = befores[k] as number;
      let after = afters[k] as number;
      let height = 0;
      const partsAt = depths[k] as number;
      for (;;) {
        const leftDepth = waitingCount === 0 ? leftBorder : (waitingDepths[waitingCount - 1] as number);
        if (leftDepth <= partsAt) {
          waitingLabels[waitingCount] = label;
          waitingBefore[waitingCount] = before;
          waitingAfter[waitingCount] = after;
          waitingHeights[waitingCount] = height;
          waitingDepths[waitingCount++] = partsAt;
          break;
        }
        if (waitingCount === 0) {
          complete.put(complete.size++, label, before, after, height, partsAt);
          leftBorder = partsAt;
          break;
        }
        waitingCount--;
        const leftBefore = waitingBefore[waitingCount] as number;
        const leftAfter = waitingAfter[waitingCount] as number;
        words[job] = leftBefore;
        words[job + 1] = before;
        words[job + 2] = leftAfter;
        words[job + 3] = after;
        words[job + 4] = label;
        words[job + 5] = leftDepth;
        words[job + 6] = result;
        words[job + 7] = result + 32;
        let isTwin = 0;
        if (leftBefore === 0) {
          // only the right side was there before, if at all: the trie before the epoch has no node here
        } else if (before === 0) before = leftBefore;
        else if (leftBefore === leftAfter && before === after) before = result + 32;
        else {
          isTwin = 1;
          before = result;
        }
        after = result + 32;
        job += 8;
        result += 64;
        const leftHeight = waitingHeights[waitingCount] as number;
        const key = 2 * Math.max(height, leftHeight) + isTwin;
        height = (key >>> 1) + 1;
        keys[jobs++] = key;
        keyCounts[key + 1] = (keyCounts[key + 1] as number) + 1;
      }
    }
    for (let i = 0; i < waitingCount; i++) complete.copy(complete.size++, waiting, i);
    return jobs;
  }

  /** Height by height, so that every node is hashed after its children: a counting sort by key, then the kernel. */
  #hashNodes(jobs: number): void {
    const { words } = this.#kernel.memory;
    const starts = this.#keyCounts;
    const list = this.#list >>> 2;
    for (let key = 1; key < starts.length; key++) starts[key] = (starts[key] as number) + (starts[key - 1] as number);
    for (let job = 0; job < jobs; job++) {
      const key = this.#keys[job] as number;
      const at = starts[key] as number;
      words[list + at] = job;
      starts[key] = at + 1;
    }
    // each start has moved to the end of its key
    let from = 0;
    for (let key = 0; from < jobs; key++) {
      const to = starts[key] as number;
      for (; from < to; from += Math.min(ITEMS_PER_CALL, to - from)) {
        const items = Math.min(ITEMS_PER_CALL, to - from);
        if ((key & 1) === 1) this.#kernel.twins(this.#list + 4 * from, items, this.#jobs);
        else this.#kernel.nodes(this.#list + 4 * from, items, this.#jobs);
      }
    }
    starts.fill(0);
  }

  #collect(): Uint32Array {
    const { words } = this.#kernel.memory;
    const { labels, before, after, size } = this.#complete;
    const subtrees = new Uint32Array(SUBTREE_WORDS * size);
    for (let i = 0; i < size; i++) {
      const target = SUBTREE_WORDS * i;
      const [label, start, end] = [labels[i], before[i], after[i]] as [number, number, number];
      for (let word = 0; word < 8; word++) {
        subtrees[target + word] = words[(label >>> 2) + word] as number;
        if (start !== 0) subtrees[target + SUBTREE_BEFORE + word] = words[(start >>> 2) + word] as number;
        subtrees[target + SUBTREE_AFTER + word] = words[(end >>> 2) + word] as number;
      }
      subtrees[target + SUBTREE_PRESENCE] =
        start === 0 ? PRESENCE.added : start === end ? PRESENCE.same : PRESENCE.changed;
    }
    return subtrees;
  }
}

/**
 * Subtrees by the addresses of a label below them and of their edges, and the depth at which their right neighbour
 * parts.
 */
class Subtrees {
  readonly labels: Uint32Array;
  readonly before: Uint32Array;
  readonly after: Uint32Array;
  readonly heights: Uint32Array;
  readonly depths: Uint32Array;
  size = 0;

  constructor(capacity: number) {
    this.labels = new Uint32Array(capacity);
    this.before = new Uint32Array(capacity);
    this.after = new Uint32Array(capacity);
    this.heights = new Uint32Array(capacity);
    this.depths = new Uint32Array(capacity);
  }

  put(at: number, label: number, before: number, after: number, height: number, depth: number): void {
    this.labels[at] = label;
    this.before[at] = before;
    this.after[at] = after;
    this.heights[at] = height;
    this.depths[at] = depth;
  }

  copy(at: number, from: Subtrees, i: number): void {
    this.put(
      at,
      from.labels[i] as number,
      from.before[i] as number,
      from.after[i] as number,
      from.heights[i] as number,
      from.depths[i] as number,
    );
  }
}
