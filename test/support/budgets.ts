/** A budget of costs as a node has one; everybody is a stranger unless the test says who is of the roster. */
import { CostBudget, type CostBudgetOptions } from "../../src/gossip/cost/cost-budget.ts";
import { systemClock } from "../../src/platform/system.ts";

export function costBudget(
  options: CostBudgetOptions = {},
  isRosterPeer: (peer: string) => boolean = () => false,
): CostBudget {
  return new CostBudget(options, { elapsed: systemClock, isRosterPeer });
}
