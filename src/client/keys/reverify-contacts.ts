/** All contacts again, spread over time: neither the directory nor the battery is asked for everything at once. */
import type { Clock } from "../../core/clock.ts";
import { webClock } from "../web-system.ts";
import type { ContactAnswer } from "./answers.ts";
import { inTime } from "./in-time.ts";
import type { KeyClient } from "./key-client.ts";
import type { ContactResult } from "./key-results.ts";
import { UNCONFIRMED } from "./key-words.ts";

export interface Contact {
  readonly label: Uint8Array;
  /** The key in use. */
  readonly value: Uint8Array;
}

export interface Reverification {
  readonly namespace: string;
  readonly contacts: readonly Contact[];
  /** Asks the directory; a rejection, and half a minute without an answer, is an answer that did not come. */
  readonly ask: (
    label: Uint8Array,
    kind: "lookup" | "most-recent",
    signal: AbortSignal,
  ) => Promise<Pick<ContactAnswer, "epoch" | "digest" | "vrfKey" | "proof">>;
  /** How long all of it may take. Default 0: one after the other. */
  readonly overMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * One result a contact. What has not changed costs a lookup; a new version, or a contact never verified before, costs
 * a history too. Throws what KeyClient throws.
 */
export async function* reverifyContacts(
  client: KeyClient,
  { namespace, contacts, ask, overMs = 0, signal = new AbortController().signal }: Reverification,
  { clock = webClock }: { readonly clock?: Clock } = {},
): AsyncGenerator<Contact & { readonly result: ContactResult }, void, void> {
  for (const [index, contact] of contacts.entries()) {
    if (index > 0 && overMs > 0) await clock.sleep(overMs / contacts.length, signal);
    if (signal.aborted) return;
    let result = await verify("lookup");
    if (result.result === "unconfirmed" && result.reason === "lookup-only") result = await verify("most-recent");
    if (signal.aborted) return;
    yield { ...contact, result };

    async function verify(kind: "lookup" | "most-recent"): Promise<ContactResult> {
      const answer = await inTime((until) => ask(contact.label, kind, until), clock, signal);
      if (answer === undefined) return { result: "unconfirmed", reason: "no-answer", ...UNCONFIRMED["no-answer"] };
      return client.verifyContact({ namespace, ...contact, ...answer });
    }
  }
}
