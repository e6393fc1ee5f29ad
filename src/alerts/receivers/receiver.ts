/** Who is told, and how. */
import { CoauditError } from "../../core/errors.ts";
import type { Alert } from "../alert.ts";
import type { Listener } from "../alert-book.ts";

export interface Receiver extends Listener {
  /** "one": each alert by itself. "standing": all that stand, again and again, as Alertmanager wants it. */
  readonly takes: "one" | "standing";
  /** Throws ALERT_NOT_DELIVERED, also when the signal is aborted. */
  send(alerts: readonly Alert[], signal: AbortSignal): Promise<void>;
}

export function notDelivered(receiver: string, reason: string, cause?: unknown): CoauditError<"ALERT_NOT_DELIVERED"> {
  const message = `${receiver} was not told: ${reason}`;
  return new CoauditError("ALERT_NOT_DELIVERED", message, { receiver, reason }, { cause });
}
