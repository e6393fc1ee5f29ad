/** What `coaudit claims clock` does: a person's word that this machine's clock is right, for every namespace. */
import { compareText } from "../../core/bytes.ts";
import { ClaimBook } from "../../ledger/claims/claim-book.ts";
import { claimsFolder, loadConfig } from "../../node/config/config.ts";
import { systemClock, systemRandom } from "../../platform/system.ts";
import type { CliContext } from "../context.ts";
import { timeText } from "../text.ts";
import { ownKeysOf } from "./known-epochs.ts";

export interface ClaimsClockFlags {
  readonly config: string;
  readonly iHaveChecked: string;
  readonly json?: true;
}

export async function sayClock(flags: ClaimsClockFlags, context: CliContext): Promise<void> {
  const config = await loadConfig(flags.config);
  const publicKeys = await ownKeysOf(config);
  const book = await ClaimBook.open({ folder: claimsFolder(config), publicKeys }, { random: systemRandom });
  try {
    const configured = config.namespaces.map(({ namespace }) => namespace);
    const namespaces = [...new Set([...configured, ...book.namespaces()])].sort(compareText);
    const atMs = systemClock.now();
    const before = namespaces.map((namespace) => ({ namespace, claimedMs: book.newest(namespace)?.timestampMs }));
    for (const namespace of namespaces) await book.setClock(namespace, { atMs, detail: flags.iHaveChecked });
    if (flags.json) {
      context.out(JSON.stringify({ atMs, namespaces: before }));
      return;
    }
    for (const { namespace, claimedMs } of before) {
      const after = claimedMs === undefined ? "" : `; its newest claim is dated ${timeText(claimedMs)}`;
      context.out(`${namespace}: signs from ${timeText(atMs)} on${after}`);
    }
  } finally {
    await book.close();
  }
}
