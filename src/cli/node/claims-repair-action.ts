/** What `coaudit claims repair` does: makes a new book of what can still be read, and says what it promises. */
import { join } from "node:path";
import { parseNumber } from "../../core/numbers.ts";
import { ClaimBook } from "../../ledger/claims/claim-book.ts";
import { loadConfig } from "../../node/config/config.ts";
import { systemRandom } from "../../platform/system.ts";
import { counted } from "../text.ts";

export interface ClaimsRepairFlags {
  readonly config: string;
  /** As typed, by namespace. */
  readonly watermark?: Readonly<Record<string, string>>;
  readonly json?: true;
}

export async function repairClaims(flags: ClaimsRepairFlags): Promise<void> {
  const config = await loadConfig(flags.config);
  const watermarks = Object.fromEntries(
    Object.entries(flags.watermark ?? {}).map(([name, epoch]) => [
      name,
      parseNumber(epoch, `--watermark ${name}: epoch`),
    ]),
  );
  const report = await ClaimBook.repair(
    { folder: join(config.dataFolder, "claims"), watermarks },
    { random: systemRandom },
  );
  if (flags.json) {
    console.log(JSON.stringify(report));
    return;
  }
  for (const { namespace, claims, newestEpoch, mark, halt } of report.namespaces) {
    const halted = halt === undefined ? "" : `; still halted (${halt.reason})`;
    console.log(
      `${namespace}: ${counted(claims, "claim")}, the newest for epoch ${newestEpoch}; signs nothing new up to epoch ${mark}${halted}`,
    );
  }
  console.log(`Kept aside: ${report.keptAside.join(", ")}`);
}
