/** What `coaudit alert list` does: shows what stands, as the node wrote it down, and who does not know it yet. */

import { alertJson, alertText } from "../../alerts/alert.ts";
import { AlertBook, alertsFile } from "../../alerts/alert-book.ts";
import { silentLogger } from "../../core/log.ts";
import { loadConfig } from "../../node/config/config.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { printable } from "../text.ts";

export interface AlertListFlags {
  readonly config: string;
  readonly json?: true;
}

export async function listAlerts(flags: AlertListFlags, context: CliContext): Promise<void> {
  const { alerts, dataFolder } = await loadConfig(flags.config);
  const book = await AlertBook.open({ file: alertsFile(dataFolder) }, { log: silentLogger });
  const owed = (alerts?.receivers ?? []).map((receiver) => ({ name: receiver.name, keys: keysOf(book, receiver) }));
  const standing = book.alerts().filter(({ state }) => state === "firing");
  const listed = standing.map((alert) => ({
    alert,
    untold: owed.filter(({ keys }) => keys.has(alert.key)).map(({ name }) => name),
  }));
  if (flags.json === true) {
    context.out(JSON.stringify({ alerts: listed.map(({ alert, untold }) => ({ ...alertJson(alert), untold })) }));
  } else if (listed.length === 0) {
    context.out("no alert stands");
  }
  for (const { alert, untold } of flags.json === true ? [] : listed) {
    const missing = untold.length === 0 ? "" : `NOT TOLD YET: ${untold.join(", ")}\n`;
    context.out(`${printable(alertText(alert), "\n")}${missing}`);
  }
  context.exitCode = listed.length === 0 ? EXIT.yes : EXIT.no;
}

function keysOf(book: AlertBook, receiver: Parameters<AlertBook["owed"]>[0]): Set<string> {
  return new Set(book.owed(receiver).map(({ key }) => key));
}
