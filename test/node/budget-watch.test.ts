import { expect, it } from "vitest";
import type { Logger } from "../../src/core/log.ts";
import { CostBudget } from "../../src/gossip/cost/cost-budget.ts";
import { BudgetWatch } from "../../src/node/budget-watch.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

it("says once that peers had to wait and which kind, and is silent while none had to", () => {
  const lines: [string, unknown][] = [];
  const note = (level: string) => (fields: unknown) => {
    lines.push([level, fields]);
  };
  const log = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") } as Logger;
  const budget = new CostBudget(
    { stranger: { perSecondUs: 0, burstUs: 3000 }, rosterSavedUs: 1000, roster: { perSecondUs: 0, burstUs: 1000 } },
    { elapsed: new VirtualClock(), isRosterPeer: (peer) => peer === "auditor" },
  );
  const watch = new BudgetWatch({ budget, log });
  budget.charge("stranger", 2000);
  watch.look();
  expect(lines).toEqual([]);
  for (let i = 0; i < 3; i++) budget.charge("stranger", 2000);
  watch.look();
  watch.look();
  expect(lines).toEqual([["info", { spentMs: 0, refused: 3 }]]);
  budget.charge("auditor", 1000);
  budget.charge("auditor", 1000);
  watch.look();
  expect(lines.slice(1)).toEqual([["warn", { spentMs: 1, refused: 1 }]]);
});
