/** Heads that were dated ahead, received again as soon as they are due. */
import { Waker } from "../auditor/waker.ts";
import type { Clock } from "../core/clock.ts";
import type { Ledger } from "../ledger/ledger.ts";

export interface HeldHeadsModules {
  readonly ledger: Pick<Ledger, "nextDueMs" | "releaseDue" | "onEvent">;
  readonly clock: Clock;
  /** Does it and never throws: what a full disk does not take now comes by head sync. */
  readonly attempt: (work: Promise<void>) => Promise<void>;
}

/** While something is held, the clock is looked at this often: it may have been set. */
const LONGEST_WAIT_MS = 60_000;

/** Until `signal` is aborted. */
export async function releaseHeldHeads(
  { ledger, clock, attempt }: HeldHeadsModules,
  signal: AbortSignal,
): Promise<void> {
  const waker = new Waker();
  const endListening = ledger.onEvent(({ type }) => {
    if (type === "held") waker.wake();
  });
  try {
    while (!signal.aborted) {
      const dueMs = ledger.nextDueMs;
      const waitMs = dueMs === undefined ? Infinity : Math.max(0, Math.min(dueMs - clock.now(), LONGEST_WAIT_MS));
      await waker.wait(clock, waitMs, signal);
      if (!signal.aborted) await attempt(ledger.releaseDue());
    }
  } finally {
    endListening();
  }
}
