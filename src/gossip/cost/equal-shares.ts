/**
 * One income, paid to all members in equal shares. What a member does not use flows into a common purse, from which any
 * member may take more: one that sends alone gets everything, and one that takes all it can still leaves every other
 * member its share.
 *
 * Joining creates nothing: a new member starts with an empty share and the purse. [an auditor that changes its peer id
 * again and again would get a new share each time]
 */
import type { CostRate } from "./cost-bucket.ts";

export interface SharesOptions {
  /** The income of all members together, and the most that the common purse holds. */
  readonly all: CostRate;
  /** The most that a member saves of its own share. */
  readonly savedUs: number;
}

export class EqualShares {
  readonly #options: SharesOptions;
  /** What is left of each member's own share, by peer id; below zero while it owes. */
  readonly #shares: Map<string, number> = new Map();
  #purseUs: number;
  #paidAtMs: number;

  constructor(options: SharesOptions, nowMs: number) {
    this.#options = options;
    this.#purseUs = options.all.burstUs;
    this.#paidAtMs = nowMs;
  }

  get members(): IterableIterator<string> {
    return this.#shares.keys();
  }

  has(member: string): boolean {
    return this.#shares.has(member);
  }

  join(member: string): void {
    if (!this.#shares.has(member)) this.#shares.set(member, 0);
  }

  /** What the member had saved or owed goes to the purse. */
  leave(member: string): void {
    this.#fillPurse(this.#shares.get(member) ?? 0);
    this.#shares.delete(member);
  }

  /** What the member may take now: its own share and the purse. */
  held(member: string, nowMs: number): number {
    this.#pay(nowMs);
    return Math.max(0, this.#purseUs) + (this.#shares.get(member) ?? 0);
  }

  /** Takes from the member's own share first, even where both are empty. A negative cost is given back. */
  take(member: string, costUs: number, nowMs: number): void {
    this.#pay(nowMs);
    const ownUs = this.#shares.get(member);
    if (ownUs === undefined) {
      this.#fillPurse(-costUs);
    } else if (costUs <= 0) {
      this.#save(member, ownUs - costUs);
    } else {
      const fromPurseUs = Math.min(Math.max(0, this.#purseUs), Math.max(0, costUs - Math.max(0, ownUs)));
      this.#purseUs -= fromPurseUs;
      this.#shares.set(member, ownUs - (costUs - fromPurseUs));
    }
  }

  #pay(nowMs: number): void {
    const incomeUs = (Math.max(0, nowMs - this.#paidAtMs) * this.#options.all.perSecondUs) / 1000;
    this.#paidAtMs = Math.max(this.#paidAtMs, nowMs);
    if (this.#shares.size === 0) this.#fillPurse(incomeUs);
    if (incomeUs === 0 || this.#shares.size === 0) return;
    const shareUs = incomeUs / this.#shares.size;
    for (const [member, ownUs] of this.#shares) this.#save(member, ownUs + shareUs);
  }

  #save(member: string, ownUs: number): void {
    const keptUs = Math.min(ownUs, this.#options.savedUs);
    this.#shares.set(member, keptUs);
    this.#fillPurse(ownUs - keptUs);
  }

  #fillPurse(amountUs: number): void {
    this.#purseUs = Math.min(this.#options.all.burstUs, this.#purseUs + amountUs);
  }
}
