/** The newest head as it changes: nodes announce changes, and those that do not are polled. */
import type { Clock, Random } from "../../core/clock.ts";
import { isCoauditError } from "../../core/errors.ts";
import type { NodeClient } from "../node-client.ts";
import { headOfResult, type LookupResult } from "../results.ts";
import { NodeEvents } from "./node-events.ts";

export interface WatchOptions {
  /** Between two queries while a node has no event stream. Default 30 s, about an epoch of a large directory. */
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
}

export interface WatchModules {
  readonly clock: Clock;
  readonly random: Random;
  /** The newest head, verified. */
  readonly ask: (signal: AbortSignal) => Promise<LookupResult>;
}

/** While all nodes have streams: heads age without an event, and a node may announce nothing. */
const QUIET_INTERVALS = 10;

export async function* watchNodes(
  options: WatchOptions & { readonly namespace: string; readonly nodes: readonly NodeClient[] },
  { clock, random, ask }: WatchModules,
): AsyncGenerator<LookupResult, void, void> {
  const { namespace, nodes, intervalMs = 30_000, signal } = options;
  const events = new NodeEvents({ namespace, nodes, signal }, { clock, random });
  try {
    let before = "";
    while (!events.signal.aborted) {
      const askedMs = clock.elapsedMs();
      const result = await unlessEnded(ask(events.signal), events.signal);
      if (result === undefined || events.signal.aborted) break;
      const now = summary(result);
      if (now !== before) yield result;
      before = now;
      await events.next(() => askedMs + intervalMs * (events.areLive ? QUIET_INTERVALS : 1));
    }
    events.throwFailure();
  } finally {
    events.close();
  }
}

/** Undefined when what was waited for had no end before the watch had. */
async function unlessEnded<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted && isCoauditError(error, "QUESTION_ABORTED")) return undefined;
    throw error;
  }
}

/** What makes one result differ from the next. */
function summary(result: LookupResult): string {
  const found = headOfResult(result);
  const head = `${found?.epoch} ${found?.digest}`;
  const signers = result.signers.map(({ auditor }) => auditor).join(" ");
  const cases = result.cases.map(({ id, class: caseClass }) => `${id} ${caseClass}`).join(" ");
  return [result.result, head, signers, cases].join("\n");
}
