/**
 * A budget of costs as a node has one; everybody is a stranger unless the test says who is of the roster. Strangers'
 * turns are as long as they like: they are waited for on the clock of a network, which stands still in some tests.
 */
import { CostBudget, type CostBudgetOptions } from "../../src/gossip/cost/cost-budget.ts";
import { systemClock } from "../../src/platform/system.ts";

const ENDLESS = { perSecondUs: 1e9, burstUs: 1e9 };

export function costBudget(
  options: CostBudgetOptions = {},
  isRosterPeer: (peer: string) => boolean = () => false,
): CostBudget {
  return new CostBudget({ strangersTurn: ENDLESS, ...options }, { elapsed: systemClock, isRosterPeer });
}
