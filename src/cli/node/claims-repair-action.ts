/** What `coaudit claims repair` does: makes a new book of what can still be read, and says what it promises. */
import { ClaimBook } from "../../ledger/claims/claim-book.ts";
import { claimsFolder, loadConfig } from "../../node/config/config.ts";
import { systemRandom } from "../../platform/system.ts";
import type { CliContext } from "../context.ts";
import { counted } from "../text.ts";
import { type AskedMark, checkMarks, ownKeysOf, readMarks } from "./known-epochs.ts";

export interface ClaimsRepairFlags {
  readonly config: string;
  readonly watermark?: readonly AskedMark[];
  readonly node?: readonly string[];
  readonly yesReally?: true;
  readonly json?: true;
}

export async function repairClaims(flags: ClaimsRepairFlags, context: CliContext): Promise<void> {
  const config = await loadConfig(flags.config);
  const publicKeys = await ownKeysOf(config);
  const watermarks = readMarks(flags.watermark ?? []);
  const folder = claimsFolder(config);
  const notes = await checkMarks(watermarks, config, { nodes: flags.node ?? [], isSure: flags.yesReally === true });
  const report = await ClaimBook.repair({ folder, publicKeys, watermarks }, { random: systemRandom });
  if (flags.json) {
    context.out(JSON.stringify({ ...report, notes }));
    return;
  }
  for (const note of notes) context.out(note);
  for (const { namespace, claims, newestEpoch, mark, halt } of report.namespaces) {
    const halted = halt === undefined ? "" : `; still halted (${halt.reason})`;
    context.out(
      `${namespace}: ${counted(claims, "claim")}, the newest for epoch ${newestEpoch}; signs nothing new up to epoch ${mark}${halted}`,
    );
  }
  if (report.keptAside.length > 0) context.out(`Kept aside: ${report.keptAside.join(", ")}`);
}
