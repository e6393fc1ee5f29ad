/**
 * The forks and the dissents of one namespace, kept in step with the epochs at which heads differ: the same as
 * core/forks.ts makes of all of them at once. Memory: as many forks as lie more than FORK_GAP_EPOCHS apart, and one
 * dissent an auditor.
 */
import { type EpochJudgement, FORK_GAP_EPOCHS } from "../../core/evidence.ts";
import { convicts } from "../../core/forks.ts";
import type { SaidAtEpoch } from "../../core/settlement.ts";
import { type Fork, forksNear, joinForks, withFork } from "./fork.ts";

/** The epochs at which an auditor differs from the others, nobody is convicted, and no fork is near. */
export interface Dissent {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /**
   * At some of them the others were more. In a tie whoever speaks first decides who differs: that alone is no alert.
   */
  readonly isDecided: boolean;
}

export interface ForkChange {
  /** The fork of this epoch, and those that it took up, itself as it was before among them. */
  readonly fork?: { readonly now: Fork; readonly joined: readonly Fork[] };
  /** By auditor, those that changed; undefined: none is left. */
  readonly dissents: ReadonlyMap<string, Dissent | undefined>;
}

export interface NamespaceForksModules {
  /** Rows of epochs from `from` on, ascending; without the one that is being changed, or as it was. */
  conflicts(from: number): AsyncIterable<[number, SaidAtEpoch]>;
  judge(epoch: number, said: SaidAtEpoch): EpochJudgement | undefined;
}

export class NamespaceForks {
  readonly #modules: NamespaceForksModules;
  #forks: readonly Fork[] = [];
  #dissents: Map<string, Dissent> = new Map();

  constructor(modules: NamespaceForksModules) {
    this.#modules = modules;
  }

  get forks(): readonly Fork[] {
    return this.#forks;
  }

  get dissents(): ReadonlyMap<string, Dissent> {
    return this.#dissents;
  }

  /**
   * From all rows: at start, and when convictions, roster or settlements changed. Two passes: leads wait for all forks.
   */
  async rebuild(): Promise<void> {
    this.#forks = [];
    this.#dissents = new Map();
    const leads: [number, EpochJudgement][] = [];
    for await (const [epoch, said] of this.#modules.conflicts(0)) {
      const judgement = this.#modules.judge(epoch, said);
      if (judgement === undefined) continue;
      if (convicts(judgement)) this.#join({ epoch, judgement });
      else leads.push([epoch, judgement]);
    }
    for (const [epoch, judgement] of leads) {
      if (this.#isCovered(epoch)) continue;
      for (const auditor of judgement.dissenters) this.#count(auditor, epoch, judgement);
    }
  }

  /** An epoch is judged otherwise than before. */
  async change(epoch: number, before: EpochJudgement | undefined, after: EpochJudgement): Promise<ForkChange> {
    const touched = new Set<string>();
    const led = before === undefined || convicts(before) || this.#isCovered(epoch) ? [] : before.dissenters;
    if (!convicts(after)) {
      const leads = this.#isCovered(epoch) ? [] : after.dissenters;
      const gone = led.filter((auditor) => !leads.includes(auditor));
      for (const auditor of gone) await this.#discount(auditor, [epoch], touched);
      for (const auditor of leads) {
        if (led.includes(auditor)) this.#decide(auditor, after);
        else this.#count(auditor, epoch, after);
        touched.add(auditor);
      }
      return this.#changed(touched);
    }
    const wasCovered = this.#forks.map(coverOf);
    const fork = this.#join({ epoch, judgement: after });
    const absorbed = new Map<string, number[]>(led.map((auditor) => [auditor, [epoch]]));
    const [from, to] = coverOf(fork.now);
    // One epoch more at the end of a fork covers one epoch more: the rows in between are not read again.
    for (const [first, last] of uncovered([from, to], wasCovered)) {
      for await (const [at, said] of this.#modules.conflicts(first)) {
        if (at > last) break;
        const judgement = at === epoch ? undefined : this.#modules.judge(at, said);
        if (judgement === undefined || convicts(judgement)) continue;
        for (const auditor of judgement.dissenters) absorbed.set(auditor, [...(absorbed.get(auditor) ?? []), at]);
      }
    }
    for (const [auditor, epochs] of absorbed) await this.#discount(auditor, epochs, touched);
    return { fork, ...this.#changed(touched) };
  }

  #join(sample: { readonly epoch: number; readonly judgement: EpochJudgement }): { now: Fork; joined: Fork[] } {
    const joined = forksNear(this.#forks, sample.epoch);
    const now = joinForks(joined, sample);
    this.#forks = withFork(this.#forks, joined, now);
    return { now, joined };
  }

  #changed(touched: ReadonlySet<string>): Pick<ForkChange, "dissents"> {
    return { dissents: new Map([...touched].map((auditor) => [auditor, this.#dissents.get(auditor)])) };
  }

  #count(auditor: string, epoch: number, { isTie }: EpochJudgement): void {
    const { first = epoch, last = epoch, count = 0, isDecided = false } = this.#dissents.get(auditor) ?? {};
    this.#dissents.set(auditor, {
      first: Math.min(first, epoch),
      last: Math.max(last, epoch),
      count: count + 1,
      isDecided: isDecided || !isTie,
    });
  }

  #decide(auditor: string, { isTie }: EpochJudgement): void {
    const held = this.#dissents.get(auditor);
    if (held !== undefined && !isTie) this.#dissents.set(auditor, { ...held, isDecided: true });
  }

  async #discount(auditor: string, epochs: readonly number[], touched: Set<string>): Promise<void> {
    const held = this.#dissents.get(auditor);
    if (held === undefined) return;
    touched.add(auditor);
    const count = held.count - epochs.length;
    if (count <= 0) {
      this.#dissents.delete(auditor);
      return;
    }
    const isEnd = epochs.includes(held.first) || epochs.includes(held.last);
    const { first, last } = isEnd ? await this.#boundsOf(auditor, held, epochs) : held;
    this.#dissents.set(auditor, { ...held, first, last, count });
  }

  /** The first and the newest epoch at which the auditor still dissents. */
  async #boundsOf(
    auditor: string,
    held: Dissent,
    without: readonly number[],
  ): Promise<{ first: number; last: number }> {
    const gone = new Set(without);
    let first: number | undefined;
    let last = held.first;
    for await (const [epoch, said] of this.#modules.conflicts(held.first)) {
      if (epoch > held.last) break;
      if (gone.has(epoch) || this.#isCovered(epoch)) continue;
      const judgement = this.#modules.judge(epoch, said);
      if (judgement === undefined || convicts(judgement) || !judgement.dissenters.includes(auditor)) continue;
      first ??= epoch;
      last = epoch;
      // The newest is known unless it is the one that is gone.
      if (!gone.has(held.last) && !this.#isCovered(held.last)) return { first, last: held.last };
    }
    return { first: first ?? held.first, last };
  }

  #isCovered(epoch: number): boolean {
    return forksNear(this.#forks, epoch).length > 0;
  }
}

type Range = readonly [number, number];

function coverOf({ first, last }: Fork): Range {
  return [Math.max(0, first.epoch - FORK_GAP_EPOCHS), last + FORK_GAP_EPOCHS];
}

/** The parts of a range that none of these, which ascend, covers. */
function uncovered([from, to]: Range, covers: readonly Range[]): Range[] {
  const parts: Range[] = [];
  let next = from;
  for (const [first, last] of covers) {
    if (last < next || first > to) continue;
    if (first > next) parts.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= to) parts.push([next, to]);
  return parts;
}
