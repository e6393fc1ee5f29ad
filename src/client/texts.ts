/**
 * Results in words for whoever uses an app. Each text has an id that does not change, so that an app can show its own:
 * `messageId` for title and advice, `id` for each detail.
 */
import type { Clock } from "../core/clock.ts";
import { counted } from "../core/counted.ts";
import type { Message, MessageId, Told, Untold, WrongDigest } from "./results.ts";

interface Text {
  readonly title: string;
  readonly advice: string;
}

/** English, by `messageId`. */
export const MESSAGES: Readonly<Record<MessageId, Text>> = {
  satisfied: {
    title: "Confirmed by independent auditors",
    advice: "You can rely on this: enough independent auditors saw the same as you.",
  },
  "satisfied.warned": {
    title: "Confirmed, with a warning",
    advice: "You can rely on this, but auditors contradict each other: tell whoever runs this app.",
  },
  "not-enough": {
    title: "Too few auditors have confirmed this",
    advice: "Do not rely on it yet; try again later, or add more nodes.",
  },
  pending: {
    title: "Not checked by the auditors yet",
    advice: "Wait: the auditors usually need a few minutes, and this is checked again.",
  },
  "stale.too-old": {
    title: "The newest confirmation is too old",
    advice: "Check the date and time of this device, then try again later.",
  },
  "stale.rolled-back": {
    title: "Only older information was found",
    advice: "Try again later; if this stays so, somebody may be hiding newer information from you.",
  },
  "wrong-digest": {
    title: "You were shown something different from everybody else",
    advice: "Do not rely on the keys that you were shown, keep the report, and show it to somebody whom you trust.",
  },
  conflict: {
    title: "Proof of a false key directory",
    advice: "Do not rely on any key of this directory for now, and keep the evidence.",
  },
  "nodes-disagree": {
    title: "Two contradictory answers",
    advice: "Rely on neither of them, and compare keys with your contact in person.",
  },
  "no-answer": {
    title: "No auditor could be reached",
    advice: "Check your connection to the internet and try again.",
  },
  "clock-behind": {
    title: "The clock of this device is slow",
    advice: "Set the date and time of this device, then try again.",
  },
};

/** Results with the texts for people. */
export class Teller {
  readonly #expiresMs: number | undefined;
  readonly #clock: Pick<Clock, "now">;

  constructor(policyExpiresMs: number | undefined, modules: { readonly clock: Pick<Clock, "now"> }) {
    this.#expiresMs = policyExpiresMs;
    this.#clock = modules.clock;
  }

  tell<Result extends Untold | WrongDigest>(found: Result): Result & Told {
    const messageId = messageIdOf(found);
    const isExpired = this.#expiresMs !== undefined && this.#clock.now() >= this.#expiresMs;
    const said = isExpired ? { ...found, policyExpiredMs: this.#expiresMs } : found;
    return { ...said, messageId, ...MESSAGES[messageId], details: detailsOf(said) };
  }
}

function messageIdOf(found: Untold | WrongDigest): MessageId {
  if (found.result === "satisfied") return found.cases.length > 0 ? "satisfied.warned" : "satisfied";
  if (found.result === "conflict" || found.result === "wrong-digest") return found.result;
  if (found.clockInDoubt !== undefined && found.result !== "nodes-disagree") return "clock-behind";
  return found.result === "stale" ? `stale.${found.reason}` : found.result;
}

function detailsOf(found: Untold | WrongDigest): Message[] {
  const { signers, missing, cases, nodes, unheard, clockInDoubt, policyExpiredMs, notStored } = found;
  const details: Message[] = [];
  const add = (id: string, text: string, values: Message["values"]): void => void details.push({ id, text, values });
  const auditors = signers.length + missing.length;
  if (auditors > 0) {
    const text = `${signers.length} of ${counted(auditors, "auditor")} signed this.`;
    add("signed", text, { signers: signers.length, auditors });
  }
  for (const { class: caseClass, convicts, id } of cases) {
    if (convicts === "nobody") add("case.lead", "Auditors contradict each other.", { case: id });
    else if (convicts === "provider") {
      add("case.provider", `The key directory is convicted: ${caseClass}.`, { case: id, class: caseClass });
    } else {
      const { auditor } = convicts;
      add("case.auditor", `The auditor ${auditor} signed two different digests.`, { case: id, auditor });
    }
  }
  if (clockInDoubt !== undefined) {
    const minutes = Math.floor(clockInDoubt.behindMs / 60_000);
    const text = `The clock of this device is at least ${counted(minutes, "minute")} slow.`;
    add("clock-behind", text, { minutes });
  }
  for (const { url, problem } of nodes) {
    if (problem !== undefined) {
      add(`node.${problem.kind}`, `${url} gave no usable answer (${problem.kind}).`, { url, problem: problem.kind });
    }
  }
  for (const url of unheard) add("node.unheard", `${url} has not answered yet.`, { url });
  if (policyExpiredMs !== undefined) {
    const since = new Date(policyExpiredMs).toISOString().slice(0, 10);
    add("policy-expired", `The list of auditors in this app is out of date since ${since}.`, { since });
  }
  if (notStored !== undefined) {
    add("not-stored", "This device could not remember the result.", { reason: notStored });
  }
  return details;
}
