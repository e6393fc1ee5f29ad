/**
 * Tells the operator when peers wanted more of this node than their budgets allow: once a minute at most, in numbers.
 */
import type { Logger } from "../core/log.ts";
import type { CostBudget, CostReport } from "../gossip/cost/cost-budget.ts";

export interface BudgetWatchModules {
  readonly budget: CostBudget;
  readonly log: Logger;
}

export class BudgetWatch {
  readonly #modules: BudgetWatchModules;
  #before: { roster: CostReport; strangers: CostReport };

  constructor(modules: BudgetWatchModules) {
    this.#modules = modules;
    this.#before = modules.budget.report();
  }

  /** What happened since it was last called. */
  look(): void {
    const { budget, log } = this.#modules;
    const now = budget.report();
    const { roster, strangers } = this.#before;
    this.#before = now;
    if (now.strangers.refused > strangers.refused) {
      log.info(since(strangers, now.strangers), "strangers wanted more than their share of this node, and had to wait");
    }
    if (now.roster.refused > roster.refused) {
      log.warn(
        since(roster, now.roster),
        "roster peers wanted more than their share of this node, and had to wait; see which of them sends so much",
      );
    }
  }
}

function since(before: CostReport, now: CostReport): { spentMs: number; refused: number } {
  return { spentMs: Math.round((now.spentUs - before.spentUs) / 1000), refused: now.refused - before.refused };
}
