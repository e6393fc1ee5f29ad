import type { Clock } from "../../core/clock.ts";
import type { ReceiverConfig } from "../../node/config/config-alerts.ts";
import { CommandHook } from "./command-hook.ts";
import type { Receiver } from "./receiver.ts";
import { Webhook } from "./webhook.ts";

/** The receiver that a configuration names. */
export function receiverOf(config: ReceiverConfig, modules: { readonly clock: Clock }): Receiver {
  return config.kind === "webhook" ? new Webhook(config, modules) : new CommandHook(config, modules);
}
