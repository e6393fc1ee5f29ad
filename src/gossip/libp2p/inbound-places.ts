/**
 * Connections that are not authenticated yet: who gets a place, and for how long (docs/protocol.md, 5). Sources at
 * which the roster lists an auditor have places of their own. [70 connections that say nothing keep a restarted auditor
 * out]
 */

import { BoundedMap } from "../../core/bounded-map.ts";
import type { Clock } from "../../core/clock.ts";
import { sourceRange } from "../../core/source-range.ts";
import { CostBucket } from "../cost/cost-bucket.ts";
import type { CostBudget } from "../cost/cost-budget.ts";
import { CONNECTION_US, HANDSHAKE_US } from "../cost/wire-price.ts";

/**
 * Handshakes under way, of strangers and of roster sources. When all are taken the oldest makes room for the newest.
 */
export const MAX_PENDING = 64;
/** A handshake is three round trips of some hundred bytes. */
const STRANGER_DUE_MS = 2000;
/** An auditor may be behind a slow link. */
const ROSTER_DUE_MS = 10_000;
/** Whose turn it is not asks again this often. */
const ASK_AGAIN_MS = 10;
/** Handshakes that one roster source may begin: 20 a second, burst 50. It is not charged to the strangers. */
const ROSTER_SOURCE_RATE = { perSecondUs: 100_000, burstUs: 250_000 };
const MAX_ROSTER_SOURCES = 1024;

export interface InboundPlacesModules {
  readonly clock: Clock;
  readonly budget: CostBudget;
  readonly isRosterSource: (host: string) => boolean;
}

/** Where a connection came in. Behind a proxy all come from one host: it says nothing about who they are. */
export type ListenerKind = "direct" | "behind-proxy";

export interface InboundPlace {
  /** Aborted when the handshake is overdue, or when its place is another's. */
  readonly signal: AbortSignal;
  /** Resolves when the handshake may begin, or is aborted: strangers have their turn together. */
  turn(): Promise<void>;
  /** It is a roster peer's: no stranger takes its place any more, and it has a roster peer's time. */
  authenticated(): void;
  release(): void;
}

interface Held {
  readonly life: AbortController;
  isOfRoster: boolean;
}

export class InboundPlaces {
  readonly #modules: InboundPlacesModules;
  readonly #strangers: Set<Held> = new Set();
  readonly #roster: Set<Held> = new Set();
  readonly #rosterSources: BoundedMap<string, CostBucket> = new BoundedMap(MAX_ROSTER_SOURCES);
  #proxied = 0;

  constructor(modules: InboundPlacesModules) {
    this.#modules = modules;
  }

  /** Undefined when its source has begun too many. */
  take(host: string, listener: ListenerKind): InboundPlace | undefined {
    const isOfRoster = listener === "direct" && this.#modules.isRosterSource(host);
    if (!(isOfRoster ? this.#chargeRosterSource(host) : this.#chargeStranger(host, listener))) return undefined;
    const held: Held = { life: new AbortController(), isOfRoster };
    this.#hold(held);
    return {
      signal: held.life.signal,
      turn: () => this.#turn(held),
      authenticated: () => {
        if (held.isOfRoster || !this.#strangers.delete(held)) return;
        held.isOfRoster = true;
        this.#hold(held);
      },
      release: () => {
        this.#strangers.delete(held);
        this.#roster.delete(held);
      },
    };
  }

  async #turn({ isOfRoster, life: { signal } }: Held): Promise<void> {
    const { budget, clock } = this.#modules;
    while (!isOfRoster && !signal.aborted && !budget.takeTurn(HANDSHAKE_US + CONNECTION_US)) {
      await clock.sleep(ASK_AGAIN_MS, signal);
    }
  }

  #hold(held: Held): void {
    const { isOfRoster, life } = held;
    const pool = isOfRoster ? this.#roster : this.#strangers;
    pool.add(held);
    if (pool.size > MAX_PENDING) {
      for (const oldest of pool) {
        pool.delete(oldest);
        oldest.life.abort(new Error("its place is another connection's"));
        break;
      }
    }
    void this.#modules.clock.sleep(isOfRoster ? ROSTER_DUE_MS : STRANGER_DUE_MS, life.signal).then(() => {
      if (pool.delete(held)) life.abort(new Error("the handshake is overdue"));
    });
  }

  #chargeRosterSource(host: string): boolean {
    const nowMs = this.#modules.clock.elapsedMs();
    const bucket = this.#rosterSources.use(host) ?? new CostBucket(ROSTER_SOURCE_RATE, nowMs);
    this.#rosterSources.set(host, bucket);
    if (bucket.held(nowMs) < HANDSHAKE_US) return false;
    bucket.take(HANDSHAKE_US, nowMs);
    return true;
  }

  #chargeStranger(host: string, listener: ListenerKind): boolean {
    // A name of its own for each of a proxy's connections: together they have what all strangers have.
    const payer = listener === "direct" ? `source ${sourceRange(host)}` : `proxied ${this.#proxied++}`;
    return this.#modules.budget.charge(payer, HANDSHAKE_US);
  }
}
