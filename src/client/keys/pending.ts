/** Answers that wait for auditors. */
import { MAX_PENDING, type PendingAnswer } from "./key-book.ts";

/** Auditors are seconds behind a directory, minutes when they are slow. */
export const PENDING_MS = 600_000;

/** One label must not fill the list for all others. */
const MAX_PENDING_OF_LABEL = 8;

/** A clock that was set back makes nothing younger than it is; one that was set forward makes it `unconfirmed`. */
export function isOverdue({ sinceMs }: PendingAnswer, nowMs: number): boolean {
  return Math.abs(nowMs - sinceMs) > PENDING_MS;
}

/** An epoch that publishes nothing has the digest of the one before; a lookup and a history are two answers. */
export function isSameAnswer(a: PendingAnswer, b: PendingAnswer): boolean {
  return a.label === b.label && a.epoch === b.epoch && a.digest === b.digest && a.about === b.about;
}

/**
 * Adds the answer unless it waits already. A label with an answer that has waited too long is overdue as a whole: a
 * private fork that stays ahead of the auditors would otherwise be new, and pending, for ever.
 */
export function remember(
  pending: PendingAnswer[],
  answer: PendingAnswer,
  nowMs: number,
): "waiting" | "overdue" | "full" {
  const ofLabel = pending.filter(({ label }) => label === answer.label);
  const isKnown = ofLabel.some((one) => isSameAnswer(one, answer));
  const isFull = pending.length >= MAX_PENDING || ofLabel.length >= MAX_PENDING_OF_LABEL;
  if (!isKnown && isFull) return "full";
  if (!isKnown) pending.push(answer);
  return ofLabel.some((one) => isOverdue(one, nowMs)) ? "overdue" : "waiting";
}
