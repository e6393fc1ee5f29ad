/** Heads that the provider signed: submitted by whoever has one, stored and passed on like every other statement. */
import { equalBytes } from "../core/bytes.ts";
import type { ProviderHead } from "../core/head.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Outcome } from "../ledger/outcome.ts";
import type { OwnStatements } from "./own-statements.ts";
import type { ProviderHeadView, ProviderReport, ProviderReportAnswer } from "./view.ts";

export interface ProviderHeadModules {
  readonly ledger: Ledger;
  readonly ownStatements: Pick<OwnStatements, "handIn">;
}

/** Newest first, at most `limit`; a provider that signed two digests for an epoch has both. */
export async function providerHeads(namespace: string, limit: number, ledger: Ledger): Promise<ProviderHeadView[]> {
  const views: ProviderHeadView[] = [];
  for await (const [, slot] of ledger.statements.newestProviderSlots(namespace)) {
    views.push(...ledger.statements.statementsOf<ProviderHead>(slot).map(({ statement }) => viewOf(statement)));
    if (views.length >= limit) break;
  }
  return views.slice(0, limit);
}

/** The signature may be of any of the namespace's provider keys; with a key id, of those that end in this byte. */
export async function reportProviderHead(
  { message, signature, keyId }: ProviderReport,
  { ledger, ownStatements }: ProviderHeadModules,
): Promise<ProviderReportAnswer> {
  const keys = (ledger.assumptions.providerKeys.get(message.namespace) ?? []).filter(
    (key) => keyId === undefined || key.at(-1) === keyId,
  );
  let outcome: Outcome = "unknown-key";
  for (const publicKey of keys) {
    const head: ProviderHead = { type: "provider-head", ...message, publicKey, signature };
    outcome = await ownStatements.handIn(head);
    if (outcome !== "bad-signature") break;
  }
  const slot = await ledger.statements.providerSlot(message.namespace, message.epoch);
  const held = ledger.statements
    .statementsOf<ProviderHead>(slot)
    .find(({ statement }) => equalBytes(statement.digest, message.digest));
  return { outcome, ...(held === undefined ? {} : { held: viewOf(held.statement) }) };
}

function viewOf(head: ProviderHead): ProviderHeadView {
  return { message: head, publicKey: head.publicKey, signature: head.signature };
}
