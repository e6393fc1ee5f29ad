/** What `coaudit claims mark` does: a person's word up to where this key may have signed, in a book that is whole. */
import { ClaimBook } from "../../ledger/claims/claim-book.ts";
import { claimsFolder, loadConfig } from "../../node/config/config.ts";
import { systemClock, systemRandom } from "../../platform/system.ts";
import type { CliContext } from "../context.ts";
import { type AskedMark, checkMarks, ownKeysOf, readMarks } from "./known-epochs.ts";

export interface ClaimsMarkFlags {
  readonly config: string;
  readonly iHaveChecked: string;
  readonly node?: readonly string[];
  readonly yesReally?: true;
  readonly json?: true;
}

export async function markClaims(asked: AskedMark, flags: ClaimsMarkFlags, context: CliContext): Promise<void> {
  const config = await loadConfig(flags.config);
  const publicKeys = await ownKeysOf(config);
  const { namespace } = asked;
  const marks = readMarks([asked]);
  const book = await ClaimBook.open({ folder: claimsFolder(config), publicKeys }, { random: systemRandom });
  try {
    const known = { nodes: flags.node ?? [], isSure: flags.yesReally === true, claimed: book.mark(namespace) };
    const notes = await checkMarks(marks, config, known);
    const epoch = marks[namespace] ?? 0;
    await book.setMark(namespace, { epoch, by: "person", detail: flags.iHaveChecked, atMs: systemClock.now() });
    const mark = book.mark(namespace);
    if (flags.json) context.out(JSON.stringify({ namespace, mark, notes }));
    else for (const line of [...notes, `${namespace}: signs nothing new up to epoch ${mark}`]) context.out(line);
  } finally {
    await book.close();
  }
}
