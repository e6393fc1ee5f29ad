/** What `coaudit alert test` does: tells each receiver once that this is a test, and says who was reached. */
import type { Alert } from "../../alerts/alert.ts";
import { receiverOf } from "../../alerts/receivers/receiver-of.ts";
import { CoauditError, errorMessage } from "../../core/errors.ts";
import { loadConfig } from "../../node/config/config.ts";
import { systemClock } from "../../platform/system.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { printable } from "../text.ts";

export interface AlertTestFlags {
  readonly config: string;
  readonly receiver?: string;
  readonly json?: true;
}

export async function testReceivers(flags: AlertTestFlags, context: CliContext): Promise<void> {
  const { alerts, name } = await loadConfig(flags.config);
  const receivers = alerts?.receivers ?? [];
  if (receivers.length === 0) throw usage(`${flags.config} names no receiver under alerts`);
  const asked = receivers.filter((receiver) => flags.receiver === undefined || receiver.name === flags.receiver);
  if (asked.length === 0) {
    const known = receivers.map((receiver) => receiver.name).join(", ");
    throw usage(`${flags.receiver} is not one of the receivers ${known}`);
  }
  const alert = testAlert(name, flags.config);
  const results = await Promise.all(
    asked.map(async (config) => {
      const receiver = receiverOf(config, { clock: systemClock });
      try {
        await receiver.send([alert], new AbortController().signal);
        return { receiver: config.name, told: true };
      } catch (error) {
        return { receiver: config.name, told: false, reason: printable(errorMessage(error)) };
      }
    }),
  );
  if (flags.json === true) context.out(JSON.stringify({ results }));
  else for (const { receiver, told, reason } of results) context.out(told ? `${receiver}: told` : `${reason}`);
  context.exitCode = results.every(({ told }) => told) ? EXIT.yes : EXIT.no;
}

function testAlert(node: string, configFile: string): Alert {
  return {
    key: "test",
    kind: "test",
    severity: "critical",
    node,
    state: "firing",
    startedAtMs: systemClock.now(),
    summary: "a test of this node's alerts",
    what: "Somebody ran `coaudit alert test`. Nothing is wrong.",
    act: "Nothing to do.",
    how: [`coaudit status --config ${configFile}`],
  };
}

function usage(message: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", message, { option: "--receiver" });
}
