/** Where this node's own chain of signatures begins, and the keys that it was made with. */
import { toHex } from "../core/bytes.ts";
import type { AuditorHead } from "../core/head.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { headView } from "./status.ts";
import type { HeadView, OwnKey } from "./view.ts";

export interface OwnSignatures {
  readonly name: string;
  readonly ledger: Ledger;
}

/** The lowest epoch above the root for which this node has signed Plexi's message. The root itself is never signed. */
export async function firstSigned(
  namespace: string,
  rootEpoch: number,
  { name, ledger }: OwnSignatures,
): Promise<HeadView | undefined> {
  const { statements } = ledger;
  for await (const [, slot] of statements.headSlots(namespace, name, rootEpoch + 1, Number.MAX_SAFE_INTEGER)) {
    const first = statements.statementsOf<AuditorHead>(slot).find(({ statement }) => statement.type === "signed-head");
    if (first !== undefined) return headView({ auditor: name, head: first.statement, bytes: first.bytes });
  }
  return undefined;
}

/** The first signature of a key is the first one in some namespace, since the keys of an auditor follow each other. */
export async function ownKeys(
  namespaces: readonly string[],
  current: Uint8Array,
  own: OwnSignatures,
): Promise<readonly OwnKey[]> {
  const keys = own.ledger.assumptions.roster.byName(own.name)?.keys ?? [{ publicKey: current }];
  const firstMs = new Map<string, number>();
  for (const namespace of namespaces) {
    for (const { publicKey, windows } of keys) {
      const from = windows?.[namespace]?.from ?? 1;
      const first = await firstSigned(namespace, from - 1, own);
      const hex = toHex(publicKey);
      if (first?.publicKey !== hex) continue;
      firstMs.set(hex, Math.min(first.timestampMs, firstMs.get(hex) ?? first.timestampMs));
    }
  }
  const inUse = toHex(current);
  return keys
    .map(({ publicKey }) => toHex(publicKey))
    .sort((a, b) => Number(b === inUse) - Number(a === inUse))
    .map((publicKey) => ({ publicKey, notBeforeMs: firstMs.get(publicKey) ?? 0 }));
}
