/** The owner's part, which nobody else can do: looks at the own history again and again. */
import { equalBytes } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { webClock } from "../web-system.ts";
import type { OwnAnswer } from "./answers.ts";
import type { KeyClient } from "./key-client.ts";
import type { ContactResult } from "./key-results.ts";
import { UNCONFIRMED } from "./key-words.ts";

export interface OwnKeyWatch {
  readonly namespace: string;
  readonly label: Uint8Array;
  /** Asked each time, since devices publish new keys. */
  readonly mine: () => Pick<OwnAnswer, "mine" | "withdrawn">;
  /** Asks the directory for the own history; a rejection is an answer that did not come. */
  readonly ask: (signal: AbortSignal) => Promise<Pick<OwnAnswer, "epoch" | "digest" | "vrfKey" | "proof">>;
  /** Default an hour: what is found late is found all the same. */
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
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
    const answer = await ask(signal).catch(() => undefined);
    if (signal.aborted) return;
    const results: ContactResult[] = [];
    for (const settled of await client.settle(namespace)) {
      if (settled.result.result === "alarm" && equalBytes(settled.label, label)) results.push(settled.result);
    }
    results.push(
      answer === undefined
        ? { result: "unconfirmed", reason: "no-answer", ...UNCONFIRMED["no-answer"] }
        : await client.verifyHistory({ namespace, label, ...mine(), ...answer }),
    );
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
