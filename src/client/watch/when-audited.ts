/** Waits until the auditors have come to an epoch: by events, and with back-off where there are none. */
import { backoffMs, type Clock, type Random } from "../../core/clock.ts";
import { throwIfAborted } from "../arguments.ts";
import type { CheckResult } from "../results.ts";
import { NodeEvents, type NodeEventsOptions } from "./node-events.ts";

export interface WhenAuditedModules {
  readonly clock: Clock;
  readonly random: Random;
  readonly ask: (signal: AbortSignal) => Promise<CheckResult>;
}

/** The newest epoch is the usual case: most auditors need seconds, with an epoch every half minute or so. */
const RETRY_MS = 2_000;
const MAX_RETRY_MS = 60_000;

/** The first result that is not `pending`. Throws QUESTION_ABORTED. */
export async function whenAudited(options: NodeEventsOptions, modules: WhenAuditedModules): Promise<CheckResult> {
  const { signal } = options;
  const { clock, random, ask } = modules;
  throwIfAborted(signal);
  // Most questions have an answer at once, and need no stream.
  const first = await ask(signal ?? new AbortController().signal);
  if (first.result !== "pending") return first;
  const events = new NodeEvents(options, modules);
  try {
    for (let attempt = 0; ; attempt++) {
      const dueMs = clock.elapsedMs() + backoffMs(random, attempt, RETRY_MS, MAX_RETRY_MS);
      await events.next(() => dueMs);
      throwIfAborted(signal);
      events.throwFailure();
      const found = await ask(events.signal);
      if (found.result !== "pending") return found;
    }
  } finally {
    events.close();
  }
}
