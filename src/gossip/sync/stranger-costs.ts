/**
 * docs/protocol.md 9.5: what a round with a stranger costs here is taken from the strangers' budget before it is spent.
 */
import type { Clock } from "../../core/clock.ts";
import { CoauditError } from "../../core/errors.ts";
import type { CostBudget } from "../cost/cost-budget.ts";
import { worstCaseUs } from "../cost/statement-price.ts";
import { receivedAnswerUs } from "../cost/sync-price.ts";
import type { Ingest, SyncRoundModules } from "./sync-round.ts";

/** How often a waiting round looks at the budget again; one stranger's budget gains 25 ms of work in that time. */
const LOOK_AGAIN_MS = 250;

export interface StrangerCostsModules {
  readonly budget: CostBudget;
  readonly clock: Clock;
  /** The round's; aborting it ends the wait. */
  readonly signal: AbortSignal;
  /** Called when the round has to wait: from then on a late end is not the stranger's fault. */
  readonly onWait: () => void;
}

/** Makes `ask` and `ingest` wait for the budget. They throw SYNC_OVER_BUDGET when the round ends while they wait. */
export function atStrangersCosts(
  peer: string,
  { ask, ingest }: Pick<SyncRoundModules, "ask" | "ingest">,
  modules: StrangerCostsModules,
): Pick<SyncRoundModules, "ask" | "ingest"> {
  const reserve = async (worstUs: number): Promise<(actualUs: number) => void> => {
    const { budget, clock, signal, onWait } = modules;
    for (;;) {
      if (signal.aborted) throw overBudget(peer);
      const reservation = budget.reserve(peer, worstUs);
      if (reservation.kind === "reserved") return (actualUs) => reservation.settle(actualUs);
      onWait();
      await clock.sleep(LOOK_AGAIN_MS, signal);
    }
  };
  const ingestAtCost: Ingest = async (statement, from) => {
    const worstUs = worstCaseUs(statement);
    const settle = await reserve(worstUs);
    let costUs = worstUs;
    try {
      return await ingest(statement, from, (spentUs) => {
        costUs = spentUs;
      });
    } finally {
      settle(costUs);
    }
  };
  return {
    ask: async (request) => {
      const response = await ask(request);
      const costUs = receivedAnswerUs(response.length);
      (await reserve(costUs))(costUs);
      return response;
    },
    ingest: ingestAtCost,
  };
}

export function overBudget(peer: string): CoauditError<"SYNC_OVER_BUDGET"> {
  return new CoauditError("SYNC_OVER_BUDGET", `${peer} has more for us than strangers may cost now`, { peer });
}
