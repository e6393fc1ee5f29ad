/**
 * What peers may make this node do, in microseconds of the event loop (prices.ts): bounded for each peer and for all
 * strangers together, and never at the expense of roster peers. docs/decisions/0013-what-a-stranger-costs.md has the
 * reasons, docs/protocol.md 5 the numbers.
 *
 * Before working for a peer, reserve the worst case; afterwards, settle what it really cost.
 */
import { BoundedMap } from "../../core/bounded-map.ts";
import type { Elapsed } from "../../core/clock.ts";
import { CostBucket, type CostRate } from "./cost-bucket.ts";
import { EqualShares } from "./equal-shares.ts";

export interface CostBudgetOptions {
  /** All strangers together, whoever and however many they are: a quarter of a core. */
  readonly strangers?: CostRate;
  /** One stranger: two fifths of that, so that one busy stranger leaves something for the others. */
  readonly stranger?: CostRate;
  /**
   * What strangers have of the event loop at a stretch, whatever they saved up: 5 ms all together, then half of it.
   * [128 that connect at once had all that they had saved: heads came after 1.5 s]
   */
  readonly strangersTurn?: CostRate;
  /** All roster peers together: half a core. The burst is the 10,000 heads that one auditor may sign after a pause. */
  readonly roster?: CostRate;
  /** What a roster peer saves up of its own share: 2,000 heads. */
  readonly rosterSavedUs?: number;
}

export const DEFAULT_COST_BUDGET_OPTIONS: Required<CostBudgetOptions> = {
  strangers: { perSecondUs: 250_000, burstUs: 500_000 },
  stranger: { perSecondUs: 100_000, burstUs: 250_000 },
  strangersTurn: { perSecondUs: 500_000, burstUs: 5_000 },
  roster: { perSecondUs: 500_000, burstUs: 5_000_000 },
  rosterSavedUs: 1_000_000,
};

/** How long strangers wait after a roster peer had to: only what roster peers leave over is theirs. */
const STRANGERS_WAIT_MS = 1000;
/** Strangers whose spending is remembered: more than can be connected. The one heard from longest ago goes first. */
const MAX_STRANGERS_KNOWN = 1024;

export interface CostBudgetModules {
  readonly elapsed: Elapsed;
  /** Whether the peer id belongs to a roster auditor now; at most one id does for each auditor. Must be cheap. */
  readonly isRosterPeer: (peer: string) => boolean;
}

export type CostReservation =
  | {
      readonly kind: "reserved";
      /** Takes what it really cost: gives back the rest, or owes the difference. Calls after the first do nothing. */
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
  readonly #strangersTurn: CostBucket;
  readonly #strangers: BoundedMap<string, CostBucket> = new BoundedMap(MAX_STRANGERS_KNOWN);
  readonly #roster: EqualShares;
  #rosterWaitedAtMs = Number.NEGATIVE_INFINITY;
  readonly #reports = { roster: { spentUs: 0, refused: 0 }, strangers: { spentUs: 0, refused: 0 } };

  constructor(options: CostBudgetOptions, modules: CostBudgetModules) {
    this.#options = { ...DEFAULT_COST_BUDGET_OPTIONS, ...options };
    this.#modules = modules;
    const nowMs = modules.elapsed.elapsedMs();
    this.#allStrangers = new CostBucket(this.#options.strangers, nowMs);
    this.#strangersTurn = new CostBucket(this.#options.strangersTurn, nowMs);
    this.#roster = new EqualShares({ all: this.#options.roster, savedUs: this.#options.rosterSavedUs }, nowMs);
  }

  /**
   * Takes the worst case out of the peer's budget, or refuses and takes nothing. A worst case above what the budget can
   * hold is granted when the budget is full; the rest is owed.
   */
  reserve(peer: string, worstCaseUs: number): CostReservation {
    const nowMs = this.#modules.elapsed.elapsedMs();
    return this.#modules.isRosterPeer(peer)
      ? this.#reserveOfRoster(peer, worstCaseUs, nowMs)
      : this.#reserveOfStranger(peer, worstCaseUs, nowMs);
  }

  /** For work whose cost is known beforehand. Returns false when the peer cannot pay: do not do the work. */
  charge(peer: string, costUs: number): boolean {
    const reservation = this.reserve(peer, costUs);
    if (reservation.kind === "refused") return false;
    reservation.settle(costUs);
    return true;
  }

  /**
   * As `charge`, for what may as well be done a moment later: strangers are let on in turns. Returns false when the
   * peer cannot pay, or it is the others' turn: ask again in 10 ms or more.
   */
  chargeInTurn(peer: string, costUs: number): boolean {
    if (this.#modules.isRosterPeer(peer)) return this.charge(peer, costUs);
    const nowMs = this.#modules.elapsed.elapsedMs();
    if (this.#strangersTurn.held(nowMs) <= 0 || !this.charge(peer, costUs)) return false;
    this.#strangersTurn.take(costUs, nowMs);
    return true;
  }

  /** Of a stranger, for what is paid already. */
  takeTurn(costUs: number): boolean {
    const nowMs = this.#modules.elapsed.elapsedMs();
    if (this.#strangersTurn.held(nowMs) <= 0) return false;
    this.#strangersTurn.take(costUs, nowMs);
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

  /** Removes members that left the roster, so that there are never more shares than roster auditors. */
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
