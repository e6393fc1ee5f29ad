/** What the statements of a case say, as lines of text: who is on which side, since when, and who saw what. */
import { compareText, toHex } from "../../core/bytes.ts";
import { type AuditorHead, headTimeMs, type ProviderHead } from "../../core/head.ts";
import type { Statement } from "../../core/statement.ts";
import { printable, shortHex, timeText } from "../text.ts";

/** The name of whoever signs with a key, if known. */
export type NameOf = (publicKey: Uint8Array) => string | undefined;

/** Epochs printed in full; a fork lasts as long as the provider likes. */
const MAX_SHOWN_EPOCHS = 8;

export function caseSides(statements: readonly Statement[], nameOf: NameOf): string[] {
  const heads = statements.filter(
    (s) => s.type === "signed-head" || s.type === "half-head" || s.type === "provider-head",
  );
  return [...headLines(heads, nameOf), ...statements.flatMap((statement) => otherLines(statement, nameOf))];
}

function headLines(heads: readonly (AuditorHead | ProviderHead)[], nameOf: NameOf): string[] {
  const epochs = new Map<string, (AuditorHead | ProviderHead)[]>();
  for (const head of heads) {
    const slot = `${head.namespace} epoch ${head.epoch}`;
    epochs.set(slot, [...(epochs.get(slot) ?? []), head]);
  }
  const sorted = [...epochs].sort(([, [a]], [, [b]]) => (a?.epoch ?? 0) - (b?.epoch ?? 0));
  const lines = sorted.slice(0, MAX_SHOWN_EPOCHS).flatMap(([slot, ofEpoch]) => [slot, ...sideLines(ofEpoch, nameOf)]);
  if (sorted.length > MAX_SHOWN_EPOCHS) lines.push(`and ${sorted.length - MAX_SHOWN_EPOCHS} later epochs`);
  return lines;
}

/** The larger side first; digests in full, since people compare them. */
function sideLines(heads: readonly (AuditorHead | ProviderHead)[], nameOf: NameOf): string[] {
  const sides = new Map<string, (AuditorHead | ProviderHead)[]>();
  for (const head of heads) {
    const digest = toHex(head.digest);
    sides.set(digest, [...(sides.get(digest) ?? []), head]);
  }
  return [...sides]
    .sort(([a, x], [b, y]) => y.length - x.length || compareText(a, b))
    .flatMap(([digest, side]) => [
      `  ${digest}`,
      ...side.map((head) => `    ${who(head, nameOf)}  ${timeText(timeOf(head))}${kindText(head)}`).sort(compareText),
    ]);
}

function who(head: AuditorHead | ProviderHead, nameOf: NameOf): string {
  return head.type === "provider-head" ? "the provider" : signer(head.publicKey, nameOf);
}

function timeOf(head: AuditorHead | ProviderHead): number {
  return head.type === "provider-head" ? head.timestampMs : headTimeMs(head);
}

function kindText(head: AuditorHead | ProviderHead): string {
  if (head.type === "half-head") return "  (cosignature alone)";
  return head.type === "signed-head" && head.cosignature === undefined ? "  (Plexi signature alone)" : "";
}

function otherLines(statement: Statement, nameOf: NameOf): string[] {
  if (statement.type === "key-rotation") {
    const starts = statement.starts.map(({ namespace, epoch }) => `${namespace} from ${epoch}`).join(", ");
    const next = toHex(statement.newPublicKey);
    const at = timeText(statement.timestampMs);
    return [`${signer(statement.oldPublicKey, nameOf)} named ${shortHex(next)} its next key (${starts})  ${at}`];
  }
  if (statement.type !== "observation") return [];
  const { publicKey, kind, namespace, epoch, host, errorCode, blobNames, timestampMs } = statement;
  return [
    `${signer(publicKey, nameOf)} saw ${kind} at ${namespace} epoch ${epoch}, ${printable(host)} (${printable(errorCode)})  ${timeText(timestampMs)}`,
    ...blobNames.map((name) => `    ${printable(name)}`),
  ];
}

function signer(publicKey: Uint8Array, nameOf: NameOf): string {
  return printable(nameOf(publicKey) ?? `unknown key ${shortHex(toHex(publicKey))}`);
}
