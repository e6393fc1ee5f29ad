import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CostBudget, type CostBudgetOptions } from "../../../src/gossip/cost/cost-budget.ts";

/** Round numbers: 1,000 us a second for all strangers, burst 2,000; one of them 400, burst 1,000; the roster 10,000. */
const OPTIONS: Required<CostBudgetOptions> = {
  strangers: { perSecondUs: 1000, burstUs: 2000 },
  stranger: { perSecondUs: 400, burstUs: 1000 },
  strangersTurn: { perSecondUs: 2000, burstUs: 500 },
  roster: { perSecondUs: 10_000, burstUs: 20_000 },
  rosterSavedUs: 5000,
};

class ManualElapsed {
  nowMs = 5;

  elapsedMs(): number {
    return this.nowMs;
  }
}

function budgetOf(roster: readonly string[] | Set<string> = []): { budget: CostBudget; elapsed: ManualElapsed } {
  const elapsed = new ManualElapsed();
  const names = new Set(roster);
  const isRosterPeer = (peer: string): boolean => (roster instanceof Set ? roster : names).has(peer);
  return { budget: new CostBudget(OPTIONS, { elapsed, isRosterPeer }), elapsed };
}

/** As much as the peer gets in pieces of this size, at once. */
function takeAll(budget: CostBudget, peer: string, pieceUs: number): number {
  let takenUs = 0;
  while (budget.charge(peer, pieceUs)) takenUs += pieceUs;
  return takenUs;
}

describe("a turn of strangers", () => {
  it("is all of theirs together, whatever they saved up, and no roster peer waits for it", () => {
    const { budget, elapsed } = budgetOf(["friend"]);
    expect(["a", "b", "c", "d"].map((peer) => budget.chargeInTurn(peer, 200))).toEqual([true, true, true, false]);
    expect(budget.takeTurn(1)).toBe(false);
    expect(budget.chargeInTurn("friend", 5000)).toBe(true);
    // 100 us are owed.
    elapsed.nowMs += 50;
    expect(budget.chargeInTurn("d", 200)).toBe(false);
    elapsed.nowMs += 1;
    expect(budget.chargeInTurn("d", 200)).toBe(true);
    expect(budget.report().strangers.spentUs).toBe(800);
  });

  it("is not used up by who cannot pay", () => {
    const { budget } = budgetOf();
    takeAll(budget, "a", 100);
    for (let i = 0; i < 100; i++) expect(budget.chargeInTurn("a", 100)).toBe(false);
    expect(budget.chargeInTurn("b", 100)).toBe(true);
  });
});

describe("the budget of one stranger", () => {
  it("is its burst at once and its rate in the long run", () => {
    const { budget, elapsed } = budgetOf();
    expect(takeAll(budget, "a", 100)).toBe(1000);
    elapsed.nowMs += 500;
    expect(takeAll(budget, "a", 100)).toBe(200);
  });

  it("gets back what was reserved and not used", () => {
    const { budget } = budgetOf();
    const reservation = budget.reserve("a", 1000);
    expect(budget.reserve("a", 1).kind).toBe("refused");
    if (reservation.kind === "reserved") reservation.settle(300);
    expect(takeAll(budget, "a", 100)).toBe(700);
  });

  it("is settled once, however often it is said", () => {
    const { budget } = budgetOf();
    const reservation = budget.reserve("a", 1000);
    if (reservation.kind !== "reserved") throw new Error("refused");
    for (let i = 0; i < 5; i++) reservation.settle(900);
    expect(takeAll(budget, "a", 100)).toBe(100);
  });

  it("owes what cost more than was reserved", () => {
    const { budget, elapsed } = budgetOf();
    const reservation = budget.reserve("a", 500);
    if (reservation.kind === "reserved") reservation.settle(1400);
    expect(budget.charge("a", 1)).toBe(false);
    elapsed.nowMs += 1000;
    expect(budget.charge("a", 1)).toBe(false);
    elapsed.nowMs += 10;
    expect(budget.charge("a", 1)).toBe(true);
  });

  it("lets more than it ever holds begin when it is full", () => {
    const { budget, elapsed } = budgetOf();
    const reservation = budget.reserve("a", 50_000);
    expect(reservation.kind).toBe("reserved");
    if (reservation.kind === "reserved") reservation.settle(1000);
    elapsed.nowMs += 1000;
    expect(budget.reserve("a", 50_000).kind).toBe("refused");
    elapsed.nowMs += 1500;
    expect(budget.reserve("a", 50_000).kind).toBe("reserved");
  });
});

describe("all strangers together", () => {
  const ids = fc.integer({ min: 0, max: 999 }).map((n) => `stranger-${n}`);
  const step = fc.record({
    peer: ids,
    worstUs: fc.integer({ min: 1, max: 3000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    waitMs: fc.integer({ min: 0, max: 50 }),
  });

  it("never spend more than their burst and their rate, in any order of a thousand ids", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3000, size: "max" }), (steps) => {
        const { budget, elapsed } = budgetOf();
        const beganAtMs = elapsed.nowMs;
        for (const { peer, worstUs, share, waitMs } of steps) {
          elapsed.nowMs += waitMs;
          // Nobody settles more than a worst case that the budget can hold.
          const cappedUs = Math.min(worstUs, OPTIONS.stranger.burstUs);
          const reservation = budget.reserve(peer, cappedUs);
          if (reservation.kind === "reserved") reservation.settle(Math.floor(cappedUs * share));
          const boundUs =
            OPTIONS.strangers.burstUs + ((elapsed.nowMs - beganAtMs) * OPTIONS.strangers.perSecondUs) / 1000;
          expect(budget.report().strangers.spentUs).toBeLessThanOrEqual(boundUs);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("have no fresh share for a new id", () => {
    const { budget } = budgetOf();
    let takenUs = 0;
    for (let i = 0; i < 5000; i++) takenUs += takeAll(budget, `id-${i}`, 50);
    expect(takenUs).toBe(OPTIONS.strangers.burstUs);
  });

  it("give back to all what one of them did not use", () => {
    const { budget } = budgetOf();
    const reservations = ["a", "b"].map((peer) => budget.reserve(peer, 1000));
    expect(budget.charge("c", 10)).toBe(false);
    for (const reservation of reservations) if (reservation.kind === "reserved") reservation.settle(0);
    expect(budget.charge("c", 10)).toBe(true);
  });

  it("wait while roster peers have to", () => {
    const { budget, elapsed } = budgetOf(["x"]);
    takeAll(budget, "x", 100);
    expect(budget.charge("a", 1)).toBe(false);
    elapsed.nowMs += 1000;
    expect(budget.charge("a", 1)).toBe(true);
  });
});

describe("roster peers", () => {
  it("get the same whatever strangers do", () => {
    const event = fc.record({
      who: fc.constantFrom("x", "y", "z", "stranger"),
      costUs: fc.integer({ min: 1, max: 4000 }),
      waitMs: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 400, size: "max" }), (events) => {
        const answers = (withStrangers: "with" | "without"): boolean[] => {
          const { budget, elapsed } = budgetOf(["x", "y", "z"]);
          return events.flatMap(({ who, costUs, waitMs }) => {
            elapsed.nowMs += waitMs;
            if (who !== "stranger") return [budget.charge(who, costUs)];
            if (withStrangers === "with") for (let i = 0; i < 20; i++) budget.charge(`${who}-${i}`, costUs);
            return [];
          });
        };
        expect(answers("with")).toEqual(answers("without"));
      }),
      { numRuns: 50 },
    );
  });

  it("have all of the income while the others are silent", () => {
    const { budget, elapsed } = budgetOf(["x", "y", "z", "w"]);
    for (const peer of ["x", "y", "z", "w"]) budget.charge(peer, 1);
    takeAll(budget, "x", 100);
    elapsed.nowMs += 1000;
    // Its own share, and in time what the others do not use.
    expect(takeAll(budget, "x", 100)).toBeGreaterThanOrEqual(2400);
    for (let i = 0; i < 10; i++) {
      elapsed.nowMs += 1000;
      takeAll(budget, "x", 100);
    }
    elapsed.nowMs += 1000;
    expect(takeAll(budget, "x", 100)).toBeGreaterThanOrEqual(9900);
  });

  it("have their equal share while one of them takes all it can", () => {
    const { budget, elapsed } = budgetOf(["liar", "x", "y"]);
    for (const peer of ["liar", "x", "y"]) budget.charge(peer, 1);
    takeAll(budget, "liar", 10);
    const taken = { x: 0, y: 0 };
    for (let i = 0; i < 1000; i++) {
      elapsed.nowMs += 10;
      takeAll(budget, "liar", 1);
      if (i % 10 !== 9) continue;
      taken.x += takeAll(budget, "x", 10);
      taken.y += takeAll(budget, "y", 10);
    }
    // A third of 10,000 a second each, for ten seconds.
    expect(taken.x).toBeGreaterThan(33_000);
    expect(taken.y).toBeGreaterThan(33_000);
  });

  it("make nothing out of changing their ids", () => {
    const roster = new Set(["honest", "liar-0"]);
    const { budget, elapsed } = budgetOf(roster);
    budget.charge("honest", 1);
    let liarUs = 0;
    let honestUs = 0;
    for (let i = 0; i < 1000; i++) {
      roster.delete(`liar-${i}`);
      roster.add(`liar-${i + 1}`);
      elapsed.nowMs += 10;
      liarUs += takeAll(budget, `liar-${i + 1}`, 10);
      if (i % 50 === 49) honestUs += takeAll(budget, "honest", 10);
    }
    expect(honestUs).toBeGreaterThanOrEqual(49_000);
    expect(liarUs + honestUs).toBeLessThanOrEqual(OPTIONS.roster.burstUs + 10 * OPTIONS.roster.perSecondUs);
  });

  it("settle what they reserved as somebody who is of the roster no more", () => {
    const roster = new Set(["x", "y"]);
    const { budget, elapsed } = budgetOf(roster);
    const reservation = budget.reserve("x", 4000);
    roster.delete("x");
    budget.charge("y", 1);
    if (reservation.kind === "reserved") reservation.settle(0);
    elapsed.nowMs += 10_000;
    expect(takeAll(budget, "y", 10)).toBeLessThanOrEqual(OPTIONS.roster.burstUs + OPTIONS.rosterSavedUs);
  });
});

it("gains nothing from time that goes backwards", () => {
  const { budget, elapsed } = budgetOf(["x"]);
  takeAll(budget, "x", 10);
  takeAll(budget, "a", 10);
  for (let i = 0; i < 100; i++) {
    elapsed.nowMs -= 1000;
    budget.charge("x", 1);
    elapsed.nowMs += 1000;
  }
  expect(budget.charge("x", 10)).toBe(false);
  expect(budget.charge("a", 10)).toBe(false);
});
