/**
 * What others may make this node do, in microseconds of the event loop (prices.ts): bounded for each peer and for all
 * strangers together, and never at the cost of roster peers. docs/decisions/0013-what-a-stranger-costs.md has the rule,
 * docs/protocol.md 5 the numbers.
 *
 * Whoever is about to work for a peer reserves what that costs at worst, and gives back what it did not.
 */
import { BoundedMap } from "../../core/bounded-map.ts";
import type { Elapsed } from "../../core/clock.ts";
import { CostBucket, type CostRate } from "./cost-bucket.ts";
import { EqualShares } from "./equal-shares.ts";

export interface CostBudgetOptions {
  /** All strangers together, whoever and however many they are: a quarter of a core. */
  readonly strangers?: CostRate;
  /** One stranger: two fifths of that, so that a few busy ones leave something to others. */
  readonly stranger?: CostRate;
  /** All roster peers together: half a core. The burst is the 10,000 heads that one auditor may sign after a pause. */
  readonly roster?: CostRate;
  /** What a roster peer saves up of its own share: 2,000 heads. */
  readonly rosterSavedUs?: number;
}

export const DEFAULT_COST_BUDGET_OPTIONS: Required<CostBudgetOptions> = {
  strangers: { perSecondUs: 250_000, burstUs: 500_000 },
  stranger: { perSecondUs: 100_000, burstUs: 250_000 },
  roster: { perSecondUs: 500_000, burstUs: 5_000_000 },
  rosterSavedUs: 1_000_000,
};

/** Strangers wait this long once a roster peer had to: what is left over is theirs, and nothing was. */
const STRANGERS_WAIT_MS = 1000;
/**
 * Strangers whose spending is remembered, more than can be connected; the one that was heard longest ago is forgotten
 * first.
 */
const MAX_STRANGERS_KNOWN = 1024;

export interface CostBudgetModules {
  readonly elapsed: Elapsed;
  /** Whether this peer id is that of a roster auditor now: at most one id of each. Asked often. */
  readonly isRosterPeer: (peer: string) => boolean;
}

export type CostReservation =
  | {
      readonly kind: "reserved";
      /** Says what it cost; once, later calls change nothing. What was too little is owed. */
      settle(actualUs: number): void;
    }
  | { readonly kind: "refused" };

export interface CostReport {
  /** Microseconds spent since start. */
  readonly spentUs: number;
  /** Reservations refused since start. */
  readonly refused: number;
}

const REFUSED: CostReservation = { kind: "refused" };

export class CostBudget {
  readonly #options: Required<CostBudgetOptions>;
  readonly #modules: CostBudgetModules;
  readonly #allStrangers: CostBucket;
  readonly #strangers: BoundedMap<string, CostBucket> = new BoundedMap(MAX_STRANGERS_KNOWN);
  readonly #roster: EqualShares;
  #rosterWaitedAtMs = Number.NEGATIVE_INFINITY;
  readonly #reports = { roster: { spentUs: 0, refused: 0 }, strangers: { spentUs: 0, refused: 0 } };

  constructor(options: CostBudgetOptions, modules: CostBudgetModules) {
    this.#options = { ...DEFAULT_COST_BUDGET_OPTIONS, ...options };
    this.#modules = modules;
    const nowMs = modules.elapsed.elapsedMs();
    this.#allStrangers = new CostBucket(this.#options.strangers, nowMs);
    this.#roster = new EqualShares({ all: this.#options.roster, savedUs: this.#options.rosterSavedUs }, nowMs);
  }

  /**
   * Takes the worst case out of the peer's budget, or nothing and says so. More than a budget ever holds is reserved
   * when the budget is full, and the rest is owed.
   */
  reserve(peer: string, worstCaseUs: number): CostReservation {
    const nowMs = this.#modules.elapsed.elapsedMs();
    return this.#modules.isRosterPeer(peer)
      ? this.#reserveOfRoster(peer, worstCaseUs, nowMs)
      : this.#reserveOfStranger(peer, worstCaseUs, nowMs);
  }

  /** For work whose cost is known beforehand: false when it is not to be done. */
  charge(peer: string, costUs: number): boolean {
    const reservation = this.reserve(peer, costUs);
    if (reservation.kind === "refused") return false;
    reservation.settle(costUs);
    return true;
  }

  /** What was spent and refused since start. */
  report(): { roster: CostReport; strangers: CostReport } {
    return { roster: { ...this.#reports.roster }, strangers: { ...this.#reports.strangers } };
  }

  #reserveOfRoster(peer: string, worstCaseUs: number, nowMs: number): CostReservation {
    if (!this.#roster.has(peer)) this.#admitToRoster(peer);
    this.#strangers.delete(peer);
    const reservedUs = Math.min(worstCaseUs, this.#options.rosterSavedUs, this.#options.roster.burstUs);
    if (this.#roster.held(peer, nowMs) < reservedUs) {
      this.#rosterWaitedAtMs = nowMs;
      this.#reports.roster.refused++;
      return REFUSED;
    }
    this.#roster.take(peer, reservedUs, nowMs);
    return settledOnce((actualUs) => {
      this.#reports.roster.spentUs += actualUs;
      this.#roster.take(peer, actualUs - reservedUs, this.#modules.elapsed.elapsedMs());
    });
  }

  #reserveOfStranger(peer: string, worstCaseUs: number, nowMs: number): CostReservation {
    const own = this.#strangerOf(peer, nowMs);
    const { stranger, strangers } = this.#options;
    const reservedUs = Math.min(worstCaseUs, stranger.burstUs, strangers.burstUs);
    const mustWait = nowMs - this.#rosterWaitedAtMs < STRANGERS_WAIT_MS;
    if (mustWait || own.held(nowMs) < reservedUs || this.#allStrangers.held(nowMs) < reservedUs) {
      this.#reports.strangers.refused++;
      return REFUSED;
    }
    own.take(reservedUs, nowMs);
    this.#allStrangers.take(reservedUs, nowMs);
    return settledOnce((actualUs) => {
      this.#reports.strangers.spentUs += actualUs;
      const settledAtMs = this.#modules.elapsed.elapsedMs();
      own.take(actualUs - reservedUs, settledAtMs);
      this.#allStrangers.take(actualUs - reservedUs, settledAtMs);
    });
  }

  #strangerOf(peer: string, nowMs: number): CostBucket {
    const held = this.#strangers.use(peer) ?? new CostBucket(this.#options.stranger, nowMs);
    this.#strangers.set(peer, held);
    return held;
  }

  /** Whoever is of the roster no more shares with it no more: there are as many members as roster auditors. */
  #admitToRoster(peer: string): void {
    for (const member of [...this.#roster.members]) {
      if (!this.#modules.isRosterPeer(member)) this.#roster.leave(member);
    }
    this.#roster.join(peer);
  }
}

function settledOnce(settle: (actualUs: number) => void): CostReservation {
  let isSettled = false;
  return {
    kind: "reserved",
    settle(actualUs) {
      if (isSettled) return;
      isSettled = true;
      settle(actualUs);
    },
  };
}
