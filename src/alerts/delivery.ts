/** Tells one receiver what it is owed, until it knows: one attempt at a time, with growing pauses after failures. */
import { backoffMs, type Clock, type Random } from "../core/clock.ts";
import { errorMessage } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { Alert } from "./alert.ts";
import type { AlertBook } from "./alert-book.ts";
import { RESEND_MS } from "./receivers/alertmanager.ts";
import type { Receiver } from "./receivers/receiver.ts";

/** After the first failure half of this to all of it, then twice as long each time. */
const RETRY_MS = 2_000;
/** Longest pause: a receiver that is back must not wait long for what woke nobody. */
const MAX_RETRY_MS = 300_000;
/** Failures are logged when they begin, and then this often. */
const LOG_EVERY = 10;
const IDLE_MS = 3_600_000;

export interface DeliveryModules {
  readonly book: AlertBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Aborted at the next change of the book; another one each time. */
  readonly news: () => AbortSignal;
}

/** Ends when the signal is aborted. Never throws. */
export async function deliver(receiver: Receiver, modules: DeliveryModules, signal: AbortSignal): Promise<void> {
  const { book, clock, random, log, news } = modules;
  let failures = 0;
  let sentAtMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const changed = news();
    const alerts = dueTo(receiver, book, { failures, isTimeToResend: clock.elapsedMs() - sentAtMs >= RESEND_MS });
    if (alerts.length === 0) {
      await clock.sleep(receiver.takes === "standing" ? RESEND_MS : IDLE_MS, changed);
      continue;
    }
    try {
      if (book.telling(receiver, alerts)) await book.save();
      await receiver.send(alerts, signal);
      book.told(receiver, alerts);
      await book.save();
      sentAtMs = clock.elapsedMs();
      if (failures > 0) log.info({ receiver: receiver.name, failures }, "alerts reach this receiver again");
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (failures % LOG_EVERY === 0) {
        const owed = book.owed(receiver).length;
        log.error(
          { receiver: receiver.name, failures, owed, error: errorMessage(error) },
          "an alert was not delivered",
        );
      }
      await clock.sleep(backoffMs(random, failures, RETRY_MS, MAX_RETRY_MS), signal);
      failures++;
    }
  }
}

function dueTo(
  receiver: Receiver,
  book: AlertBook,
  { failures, isTimeToResend }: { readonly failures: number; readonly isTimeToResend: boolean },
): Alert[] {
  const owed = book.owed(receiver);
  if (receiver.takes === "one") {
    // After a failure the next one is tried: one that a receiver refuses keeps nothing else from it.
    const one = owed[failures % Math.max(1, owed.length)];
    return one === undefined ? [] : [one];
  }
  const standing = book.standing(receiver);
  if (owed.length === 0 && !isTimeToResend) return [];
  return [...owed.filter(({ state }) => state === "resolved"), ...standing];
}
