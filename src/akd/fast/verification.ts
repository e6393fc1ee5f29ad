/** One verification of one proof: reads it, has its ranges reduced, and puts what they leave together. */
import type { CoauditError } from "../../core/errors.ts";
import type { TreeHashing } from "../configuration.ts";
import { RECORD_BYTES } from "../kernel/layout.ts";
import { sharedBits } from "../kernel/records.ts";
import { labelConflict } from "../order.ts";
import type { RefusedElement } from "../refused-element.ts";
import { checkEnd, checkNotVacuous, checkStart, type ProofRequest, type ProofSummary } from "../verify.ts";
import { combineSubtrees } from "./combine.ts";
import { Elements, type Range, rangeSize } from "./elements.ts";
import type { Pacer } from "./pacer.ts";
import { type AscendingRun, leftoverRanges, RangePlanner } from "./planner.ts";
import { ProofReader, WINDOW_BYTES } from "./proof-reader.ts";
import { sortedRecords } from "./radix-order.ts";
import type { Conflict, RangeResult, Run } from "./range.ts";
import type { RangeWorkers } from "./range-workers.ts";
import { orderOfRuns } from "./run-order.ts";
import type { Workplace } from "./workplace.ts";

/**
 * Smaller ranges are reduced here: handing them to another thread takes about as long. So are those of proofs that are
 * (so far) no larger than two full ranges, which take a few milliseconds, less than to start a thread.
 */
const WORTH_A_WORKER = 512;

/** With so much of a proof there is work for workers; a small proof never makes them start. */
const LARGE_PROOF_BYTES = 512 * 1024;

export interface VerificationModules {
  readonly workplace: Workplace;
  readonly workers: RangeWorkers | undefined;
  readonly pacer: Pacer;
  readonly hashing: TreeHashing;
}

interface Part {
  readonly range: Range;
  readonly result: Promise<RangeResult> | RangeResult;
}

export class Verification {
  readonly #request: ProofRequest;
  readonly #modules: VerificationModules;
  readonly #reader: ProofReader;
  readonly #elements: Elements;
  readonly #capacity: number;
  #takenBytes = 0;
  #planner: RangePlanner | undefined;
  #parts: Part[] = [];
  /** Of the tasks that workers have not finished; #failure is why one of them never will. */
  #underWay = 0;
  #failure: { readonly error: unknown } | undefined;
  #taskEnded: () => void = () => {};

  constructor(request: ProofRequest, modules: VerificationModules) {
    const { kernel, reducer } = modules.workplace;
    this.#request = request;
    this.#modules = modules;
    this.#reader = new ProofReader(kernel, reducer.endAddress);
    this.#elements = new Elements(kernel, this.#reader);
    this.#capacity = Math.min(reducer.capacity, modules.workers?.capacity ?? Number.POSITIVE_INFINITY);
  }

  /** Set once an element is not canonical; then nothing else of this verification is needed. */
  get refused(): RefusedElement | undefined {
    return this.#reader.refused;
  }

  async take(chunk: Uint8Array): Promise<void> {
    const { workers } = this.#modules;
    if (this.#takenBytes < LARGE_PROOF_BYTES && this.#takenBytes + chunk.length >= LARGE_PROOF_BYTES)
      workers?.prepare();
    this.#takenBytes += chunk.length;
    const step = WINDOW_BYTES / 2;
    for (let offset = 0; offset < chunk.length; offset += step) {
      this.#reader.take(chunk.subarray(offset, offset + step));
      if (this.#reader.refused !== undefined) continue;
      await this.#reduceKnownRanges();
      await this.#modules.pacer.pause();
    }
  }

  /** After the last byte: the verdict. */
  async end(): Promise<ProofSummary> {
    const { hashing, pacer, workplace } = this.#modules;
    this.#reader.end();
    await this.#reduceKnownRanges();
    if (!(await this.#reduceLeftovers())) await this.#reduceSorted();
    const subtrees = await this.#subtrees();
    const summary = { inserted: this.#elements.insertedCount, unchanged: this.#elements.unchangedCount };
    checkNotVacuous(this.#request, summary, hashing);
    const { before, after } = await combineSubtrees(subtrees, workplace.kernel, workplace.reducer, hashing, pacer);
    checkStart(this.#request, before);
    checkEnd(this.#request, after);
    return summary;
  }

  /** Unchanged elements come last, so that all inserted ones are known when their neighbours arrive. */
  async #reduceKnownRanges(): Promise<void> {
    const reader = this.#reader;
    if (!reader.isPastInserted || !reader.isOrdered) return;
    if (this.#planner === undefined) {
      if (reader.insertedRuns.length > 1) this.#elements.insertedOrder = await this.#insertedOrder();
      this.#planner = new RangePlanner(this.#elements, this.#capacity);
    }
    for (;;) {
      const range = this.#planner.next(this.#runAt(this.#planner.position));
      if (range === undefined) return;
      await this.#reduce(range);
    }
  }

  async #insertedOrder(): Promise<Uint32Array> {
    const reader = this.#reader;
    const { words } = this.#modules.workplace.kernel.memory;
    const address = (element: number): number => reader.recordAddress(element);
    return (
      orderOfRuns(words, address, reader.insertedRuns, reader.inserted) ?? (await this.#sorted(0, reader.inserted))
    );
  }

  #runAt(position: number): AscendingRun {
    const { inserted, count, unchangedRuns, isEnded } = this.#reader;
    const next = unchangedRuns.findIndex((start) => start > inserted + position);
    const from = unchangedRuns.at(next === -1 ? -1 : next - 1) ?? inserted;
    const to = unchangedRuns[next] ?? count;
    return { from: from - inserted, to: to - inserted, isComplete: next !== -1 || isEnded };
  }

  /** The inserted elements between the runs. False when runs overlap: then neighbours were not what they seemed. */
  async #reduceLeftovers(): Promise<boolean> {
    if (!this.#reader.isOrdered) return false;
    if (!this.#sortParts()) return false;
    const ranges = this.#parts.map(({ range }) => range);
    for (const range of leftoverRanges(ranges, this.#elements.insertedCount, this.#capacity)) await this.#reduce(range);
    return this.#sortParts();
  }

  /** By their first leaves; false when one begins before the one before it ends. */
  #sortParts(): boolean {
    const elements = this.#elements;
    const ends = new Map(this.#parts.map((part) => [part, elements.ends(part.range)]));
    const endsOf = (part: Part): [number, number] => ends.get(part) as [number, number];
    this.#parts.sort((a, b) => elements.compare(endsOf(a)[0], endsOf(b)[0]));
    return this.#parts.every((part, index) => {
      const previous = this.#parts[index - 1];
      return previous === undefined || elements.compare(endsOf(previous)[1], endsOf(part)[0]) <= 0;
    });
  }

  /** From the start again, with both lists sorted. */
  async #reduceSorted(): Promise<void> {
    const elements = this.#elements;
    const { inserted, count } = this.#reader;
    this.#parts = [];
    elements.insertedOrder = await this.#sorted(0, inserted);
    elements.unchangedOrder = await this.#sorted(inserted, count - inserted);
    const planner = new RangePlanner(elements, this.#capacity);
    for (;;) {
      const range = planner.next({ from: 0, to: count - inserted, isComplete: true });
      if (range === undefined) break;
      await this.#reduce(range);
    }
    const ranges = this.#parts.map(({ range }) => range);
    for (const range of leftoverRanges(ranges, inserted, this.#capacity)) await this.#reduce(range);
    this.#sortParts();
  }

  #sorted(first: number, count: number): Promise<Uint32Array> {
    const { pacer, workplace } = this.#modules;
    return sortedRecords(() => workplace.kernel.memory.words, this.#reader.recordAddress(first), count, pacer);
  }

  async #reduce(range: Range): Promise<void> {
    const { workers, pacer } = this.#modules;
    const isWorthIt = rangeSize(range) >= WORTH_A_WORKER && this.#reader.count > 2 * this.#capacity;
    if (workers?.isReady === true && isWorthIt) await this.#reduceOnWorker(range, workers);
    else {
      this.#parts.push({ range, result: this.#reduceHere(range) });
      await pacer.pause();
    }
  }

  #reduceHere(range: Range): RangeResult {
    const { kernel, reducer } = this.#modules.workplace;
    const unchanged = range.unchangedTo - range.unchangedFrom;
    const run = (list: "inserted" | "unchanged", from: number, to: number, inputAddress: number): Run => {
      const count = to - from;
      if (count === 0) return { address: 0, count };
      if (this.#elements.isContiguous(list)) return { address: this.#elements.address(list, from), count };
      this.#elements.copy(list, from, to, kernel.memory.words, inputAddress >>> 2);
      return { address: inputAddress, count };
    };
    return reducer.reduceElements(
      run("unchanged", range.unchangedFrom, range.unchangedTo, reducer.inputAddress),
      run("inserted", range.insertedFrom, range.insertedTo, reducer.inputAddress + unchanged * RECORD_BYTES),
      this.#request.epoch,
    );
  }

  async #reduceOnWorker(range: Range, workers: RangeWorkers): Promise<void> {
    const elements = this.#elements;
    while (this.#underWay >= workers.usefulTasks) await this.#nextTaskEnd();
    if (this.#failure !== undefined) throw this.#failure.error;
    const unchangedCount = range.unchangedTo - range.unchangedFrom;
    const { result } = await workers.begin({
      epoch: this.#request.epoch,
      unchangedCount,
      insertedCount: range.insertedTo - range.insertedFrom,
      write: (target) => {
        elements.copy("unchanged", range.unchangedFrom, range.unchangedTo, target, 0);
        elements.copy("inserted", range.insertedFrom, range.insertedTo, target, (unchangedCount * RECORD_BYTES) >>> 2);
      },
    });
    this.#underWay++;
    const settled = (): void => {
      this.#underWay--;
      this.#taskEnded();
    };
    result.then(settled, (error: unknown) => {
      this.#failure ??= { error };
      settled();
    });
    this.#parts.push({ range, result });
  }

  #nextTaskEnd(): Promise<void> {
    return new Promise((resolve) => {
      this.#taskEnded = resolve;
    });
  }

  /**
   * What all parts leave, in order. Throws the first conflict in the order of labels, as the reference verifier does.
   */
  async #subtrees(): Promise<Uint32Array[]> {
    const elements = this.#elements;
    const subtrees: Uint32Array[] = [];
    let previousLast: number | undefined;
    for (const { range, result } of this.#parts) {
      const [first, last] = elements.ends(range);
      if (previousLast !== undefined) this.#checkNeighbours(previousLast, first);
      const reduced = await result;
      if (reduced.conflict !== undefined) throw this.#conflictError(range, reduced.conflict);
      subtrees.push(reduced.subtrees);
      previousLast = last;
    }
    return subtrees;
  }

  #checkNeighbours(shorter: number, longer: number): void {
    const { memory } = this.#modules.workplace.kernel;
    const { lengthBits } = this.#elements.describe(shorter);
    if (sharedBits(memory.words, shorter >>> 2, longer >>> 2) < lengthBits) return;
    throw this.#conflictOf(shorter, longer);
  }

  #conflictError(range: Range, conflict: Conflict): CoauditError {
    const address = (place: number): number =>
      place < 0
        ? this.#elements.address("inserted", range.insertedFrom - 1 - place)
        : this.#elements.address("unchanged", range.unchangedFrom + place);
    return this.#conflictOf(address(conflict[0]), address(conflict[1]));
  }

  /** Of two equal labels, the one that the proof has first comes first. */
  #conflictOf(shorter: number, longer: number): CoauditError {
    const [a, b] = [this.#elements.describe(shorter), this.#elements.describe(longer)];
    return a.lengthBits === b.lengthBits && a.element > b.element ? labelConflict(b, a) : labelConflict(a, b);
  }
}
