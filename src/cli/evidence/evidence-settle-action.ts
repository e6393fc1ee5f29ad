/** What `coaudit evidence settle` does: tells the running node, on a person's word, which side of a fork is right. */
import { writeFile } from "node:fs/promises";
import { CoauditError } from "../../core/errors.ts";
import { type Settlement, TRUST_NONE } from "../../core/settlement.ts";
import { formatSettlement, parseSettlement } from "../../core/settlement-file.ts";
import { readTextFile } from "../../platform/text-file.ts";
import type { CliContext } from "../context.ts";
import { checkEvidence } from "../node/answers.ts";
import { ask, operatorClient } from "../node/node-target.ts";
import { shortHex } from "../text.ts";
import { fullCaseId } from "./case-id.ts";

export interface SettleFlags {
  readonly config: string;
  readonly trust?: string;
  readonly note?: string;
  readonly from?: string;
  readonly yes?: true;
  readonly withdraw?: true;
  readonly out?: string;
  readonly json?: true;
}

/** Throws USAGE for options that do not go together, SETTLEMENT_INVALID, and the node's own problems. */
export async function settleCase(id: string | undefined, flags: SettleFlags, context: CliContext): Promise<void> {
  if (flags.from !== undefined) return await adopt(id, flags.from, flags, context);
  if (id === undefined) throw usage("name the case, or a file with --from");
  const client = await operatorClient(flags.config);
  const full = await fullCaseId(id, client, flags.config);
  if (flags.withdraw === true) {
    const { subject } = checkEvidence(await ask(client.get(`/v1/evidence/${full}`), flags.config), client.url).case;
    if (subject.kind !== "fork") throw usage("only a fork can be settled, and so only a fork's settlement withdrawn");
    const { namespace, epoch } = subject;
    await ask(client.post("/v1/settlements/withdraw", { namespace, first: epoch }), flags.config);
    context.out(flags.json === true ? JSON.stringify({ withdrawn: full }) : `case ${shortHex(full)} is judged again`);
    return;
  }
  if (flags.trust === undefined || flags.note === undefined) {
    throw usage("say which side is right with --trust DIGEST (or none), and what was found out with --note TEXT");
  }
  const body = { trust: flags.trust, note: flags.note };
  const answer = await ask(client.post(`/v1/evidence/${full}/settle`, body), flags.config);
  const settlement = parseSettlement(JSON.stringify((answer as { settlement?: unknown }).settlement ?? null));
  if (flags.out !== undefined) await writeFile(flags.out, `${JSON.stringify(formatSettlement(settlement), null, 2)}\n`);
  if (flags.json === true) context.out(JSON.stringify({ settled: full, settlement: formatSettlement(settlement) }));
  else context.out(settledText(full, settlement, flags.out));
}

/** Shown first, and taken only with a person's yes: a settlement is never believed because somebody sent it. */
async function adopt(id: string | undefined, file: string, flags: SettleFlags, context: CliContext): Promise<void> {
  if (id !== undefined || flags.trust !== undefined || flags.withdraw === true) {
    throw usage("--from takes over a whole settlement: leave out the case, --trust and --withdraw");
  }
  const settlement = parseSettlement(await readTextFile(file));
  if (flags.yes !== true) {
    context.out(settlementText(settlement));
    throw usage("nothing was changed: look at it, ask the auditors it names, then add --yes");
  }
  const client = await operatorClient(flags.config);
  await ask(client.post("/v1/settlements", formatSettlement(settlement)), flags.config);
  if (flags.json === true) context.out(JSON.stringify({ settlement: formatSettlement(settlement) }));
  else context.out(`${settlementText(settlement)}\n\nThis node goes by it from now on.`);
}

function settledText(id: string, settlement: Settlement, out: string | undefined): string {
  const file =
    out === undefined ? "" : `\n\nSaved as ${out}: others take it over with \`coaudit evidence settle --from\`.`;
  return `case ${shortHex(id)} is settled\n\n${settlementText(settlement)}${file}

For readers with a roster file of their own, add to it:

${rosterLines(settlement)}`;
}

function settlementText({ namespace, first, last, sides, trust, note }: Settlement): string {
  const rows = Object.entries(sides).map(([digest, auditors]) => {
    const names = auditors.join(", ") || "the provider alone";
    return `  ${digest === trust ? "trusted" : "not trusted"}: ${shortHex(digest)} (${names})`;
  });
  const nobody = trust === TRUST_NONE ? "\n  no side is trusted: every quorum at these epochs is refused" : "";
  return `${namespace}, epochs ${first} to ${last}\n${rows.join("\n")}${nobody}\n  note: ${note}`;
}

/** YAML, of which JSON is a part. */
function rosterLines(settlement: Settlement): string {
  return `settlements:\n  - ${JSON.stringify(settlement)}`;
}

function usage(message: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", message, {});
}
