/** Verifies a chain of epochs, several at a time: each from the digest that the one before it leads to. */
import type { EpochLook, EpochLooksModules, FailedLook } from "./epoch-look.ts";
import { EpochLooks } from "./epoch-look.ts";
import { lookAgain } from "./look-again.ts";
import type { PatienceModules } from "./patience.ts";
import { type RangeAuditOptions, type RangeAuditReport, RangeTally, type RangeTallyModules } from "./tally.ts";

export interface RangeAuditModules extends RangeTallyModules, EpochLooksModules, Omit<PatienceModules, "note"> {}

export interface ChainOptions extends RangeAuditOptions {
  /** Epochs fetched and verified at the same time. */
  readonly jobs: number;
  /** How many looks past all caches must agree before an epoch is invalid; 0: none. */
  readonly lookAgain: number;
}

export class RangeAudit {
  readonly #options: ChainOptions;
  readonly #modules: RangeAuditModules;
  readonly #tally: RangeTally;
  readonly #looks: EpochLooks;

  constructor(options: ChainOptions, modules: RangeAuditModules) {
    this.#options = options;
    this.#modules = modules;
    this.#tally = new RangeTally(options, modules);
    this.#looks = new EpochLooks(options, modules);
  }

  /**
   * Ends at the first epoch that is wrong or stays unreadable, when the signal is aborted, or with the last epoch.
   * Throws none of these.
   */
  async run(signal: AbortSignal): Promise<RangeAuditReport> {
    let next = await this.#tally.start();
    while (next <= this.#options.to) {
      const failed = await this.#verifyFrom(next, signal);
      if (failed === undefined) break;
      const look = await this.#again(failed, signal);
      if (look.kind !== "verified") {
        this.#fail(look);
        break;
      }
      await this.#add(look);
      next = failed.epoch + 1;
    }
    return this.#tally.finish();
  }

  /** The first look that failed; all before it count. What was begun behind it is dropped. */
  async #verifyFrom(first: number, outer: AbortSignal): Promise<FailedLook | undefined> {
    const stop = new AbortController();
    const signal = AbortSignal.any([outer, stop.signal]);
    const { jobs, to } = this.#options;
    const begun: Promise<EpochLook>[] = [];
    let claimed = this.#tally.digest;
    let epoch = first;
    let hasFailed = false;
    try {
      for (;;) {
        if (!hasFailed && begun.length < jobs && epoch <= to) {
          const one = await this.#looks.begin(epoch++, claimed, signal);
          hasFailed = one.kind !== "begun";
          if (one.kind === "begun") claimed = one.claimed;
          begun.push(one.kind === "begun" ? one.look : Promise.resolve(one));
          continue;
        }
        const look = await begun.shift();
        if (look === undefined) return undefined;
        if (look.kind !== "verified") return look;
        await this.#add(look);
      }
    } finally {
      stop.abort();
      await Promise.all(begun);
    }
  }

  #again(failed: FailedLook, signal: AbortSignal): Promise<EpochLook> {
    const { clock, random, progress } = this.#modules;
    const note = (text: string): void => progress.note(text);
    const rule = { from: this.#tally.digest, lookAgain: this.#options.lookAgain };
    return lookAgain(failed, rule, { looks: this.#looks, clock, random, note }, signal);
  }

  async #add({ name, inserted, unchanged, sizeBytes }: EpochLook & { kind: "verified" }): Promise<void> {
    this.#tally.beginAt(name.previous);
    const stretch = { toEpoch: name.epoch, digest: name.current, epochs: 1, inserted, unchanged, bytes: sizeBytes };
    await this.#tally.add(stretch);
  }

  #fail({ kind, epoch, code, message, blob }: FailedLook): void {
    this.#tally.fail({ epoch, code, message, isFact: kind === "wrong", ...(blob === undefined ? {} : { blob }) });
  }
}
