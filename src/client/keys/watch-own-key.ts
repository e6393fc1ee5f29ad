/** The owner's part, which nobody else can do: looks at the own history again and again. */
import type { HistoryExtent } from "../../akd/keys/verify-history.ts";
import type { Clock } from "../../core/clock.ts";
import { webClock } from "../web-system.ts";
import type { OwnAnswer } from "./answers.ts";
import { inTime } from "./in-time.ts";
import type { KeyClient } from "./key-client.ts";
import type { ContactResult } from "./key-results.ts";
import { UNCONFIRMED } from "./key-words.ts";

export interface OwnKeyWatch {
  readonly namespace: string;
  readonly label: Uint8Array;
  /** Asked each time, since devices publish new keys. */
  readonly mine: () => Pick<OwnAnswer, "mine" | "withdrawn">;
  /**
   * Asks the directory for so much of the own history; `proof` undefined: the directory says that it has none. A
   * rejection, and half a minute without an answer, is an answer that did not come.
   */
  readonly ask: (extent: HistoryExtent, signal: AbortSignal) => Promise<OwnHistory>;
  /** Default an hour: what is found late is found all the same. */
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
}

export interface OwnHistory extends Pick<OwnAnswer, "epoch" | "digest" | "vrfKey"> {
  readonly proof: Uint8Array | undefined;
}

/**
 * Yields the first result and each that differs, and every alarm. Ends with the signal, or when the loop is left.
 * Throws what KeyClient throws.
 */
export async function* watchOwnKey(
  client: KeyClient,
  { namespace, label, mine, ask, intervalMs = 3_600_000, signal = new AbortController().signal }: OwnKeyWatch,
  { clock = webClock }: { readonly clock?: Clock } = {},
): AsyncGenerator<ContactResult, void, void> {
  let before = "";
  while (!signal.aborted) {
    const own = { namespace, label, ...mine() };
    const extent = await client.historyToAsk(own);
    const answer = await inTime((until) => ask(extent, until), clock, signal);
    if (signal.aborted) return;
    const settled = await client.settle(namespace, label);
    const results = settled.map(({ result }) => result).filter(({ result }) => result === "alarm");
    if (answer === undefined) {
      results.push({ result: "unconfirmed", reason: "no-answer", ...UNCONFIRMED["no-answer"] });
    } else {
      const { proof: bytes, ...about } = answer;
      const count = extent.kind === "complete" ? {} : { count: extent.count };
      const proof = bytes === undefined ? ({ kind: "none" } as const) : ({ kind: "history", bytes, ...count } as const);
      results.push(await client.verifyHistory({ ...own, ...about, proof }));
    }
    for (const result of results) {
      const now = summary(result);
      if (result.result === "alarm" || now !== before) yield result;
      before = now;
    }
    await clock.sleep(intervalMs, signal);
  }
}

function summary(result: ContactResult): string {
  return `${result.result} ${"reason" in result ? result.reason : ""} ${"shown" in result ? result.shown.version : ""}`;
}
