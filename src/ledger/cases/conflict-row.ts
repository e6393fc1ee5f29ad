/**
 * What is kept of each epoch at which heads differ, so that a conviction or a start judges it again without reading and
 * decoding its heads: 10,000 of them take 0.1 s and not 4. It holds who speaks and for which digest, convicted auditors
 * among them, under the roster and origins that `basisOf` names.
 */
import { fromUtf8, toHex, utf8 } from "../../core/bytes.ts";
import type { Assumptions } from "../../core/evidence.ts";
import { sha256 } from "../../core/hash.ts";
import type { SaidAtEpoch } from "../../core/settlement.ts";
import { speakerOf } from "../../core/speaking.ts";
import type { EpochView } from "../epoch-view.ts";

/** Of an auditor with two heads that speak only the first is taken: it is convicted, and is not heard. */
export function saidOf({ heads, providerHeads }: EpochView, assumptions: Assumptions): SaidAtEpoch {
  const sides = new Map<string, string>();
  for (const { head } of heads) {
    const speaker = speakerOf(head, assumptions);
    if (speaker !== undefined && !sides.has(speaker)) sides.set(speaker, toHex(head.digest));
  }
  return { sides, providerDigests: [...new Set(providerHeads.map(({ head }) => toHex(head.digest)))] };
}

interface Row {
  readonly d: readonly string[];
  /** By auditor, the index of its digest. */
  readonly s: Readonly<Record<string, number>>;
  /** How many of the digests, the first ones, are the provider's. */
  readonly p: number;
}

export function encodeSaid({ sides, providerDigests }: SaidAtEpoch): Uint8Array {
  const digests = [...new Set([...providerDigests, ...sides.values()])];
  const s = Object.fromEntries([...sides].map(([auditor, digest]) => [auditor, digests.indexOf(digest)]));
  const row: Row = { d: digests, s, p: providerDigests.length };
  return utf8(JSON.stringify(row));
}

export function decodeSaid(value: Uint8Array): SaidAtEpoch {
  const { d, s, p } = JSON.parse(fromUtf8(value, "conflict row")) as Row;
  const sides = new Map(
    Object.entries(s).flatMap(([auditor, index]) => (d[index] === undefined ? [] : [[auditor, d[index]] as const])),
  );
  return { sides, providerDigests: d.slice(0, p) };
}

/** A hash of all of the assumptions that rows depend on. When it changes, rows are made anew from the heads. */
export function basisOf({ roster, origins, providerKeys }: Assumptions): Uint8Array {
  const auditors = roster.auditors.map(({ name, keys, joined, retired }) => ({
    name,
    keys: keys.map(({ publicKey, windows }) => ({ key: toHex(publicKey), windows })),
    joined,
    retired,
  }));
  const provider = [...providerKeys].map(([namespace, keys]) => [namespace, keys.map(toHex)]);
  return sha256(utf8(JSON.stringify({ auditors, origins: [...origins], provider })));
}
