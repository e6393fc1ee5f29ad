/**
 * Every way in which a practice directory lies about a key to whoever asks: which tree and versions an answer is about,
 * and what it says that they are.
 */
import type { HistoryExtent } from "../../akd/keys/verify-history.ts";
import { fromHex, toHex } from "../../core/bytes.ts";
import { type KeyDirectory, newestFirst } from "./key-directory.ts";
import type { Contradicted, Published } from "./proof-maker.ts";

export type KeyLie = {
  /** Names under which somebody asks; absent: everybody. */
  readonly to?: readonly string[];
  /** About whom, in hex; absent: about everybody. */
  readonly label?: string;
} & (
  | { readonly kind: "old-epoch" /** How many epochs ago. */; readonly behind: number }
  /** The newest version was never there. */
  | { readonly kind: "forgotten-version" }
  | { readonly kind: "hidden-version" }
  | { readonly kind: "other-vrf-key" }
  /** The answer about another label, in hex. */
  | { readonly kind: "other-label"; readonly instead: string }
  | { readonly kind: "denied" }
  | { readonly kind: "withheld" }
);

export interface KeyQuestion {
  readonly label: Uint8Array;
  /** Undefined: a lookup. */
  readonly extent: HistoryExtent | undefined;
}

export type KeyReply =
  | {
      readonly kind: "proof";
      readonly about: KeyDirectory;
      readonly vrfKey: Uint8Array;
      /** The newest version's; empty for a tombstone. */
      readonly value: Uint8Array;
      readonly proof: Uint8Array;
    }
  | { readonly kind: "unknown-label" }
  | { readonly kind: "withheld" };

/** The lie that is told to this name about this label. */
export function lieFor(lies: readonly KeyLie[], name: string, label: Uint8Array): KeyLie | undefined {
  const about = toHex(label);
  return lies.find((lie) => (lie.to?.includes(name) ?? true) && (lie.label ?? about) === about);
}

/**
 * The truth where there is no lie, or where the lie needs a version that was never published. Throws
 * PROVIDER_CANNOT_PROVE where the tree contradicts the truth: a hidden version has retired the one before it.
 */
export function reply(directory: KeyDirectory, question: KeyQuestion, lie: KeyLie | undefined): KeyReply {
  const { label } = question;
  const told = lie === undefined ? undefined : lied(directory, question, lie);
  return told ?? proofOf(directory, question, directory.versions(label, "shown"), HONEST);
}

function lied(directory: KeyDirectory, question: KeyQuestion, lie: KeyLie): KeyReply | undefined {
  const { label } = question;
  switch (lie.kind) {
    case "old-epoch": {
      const old = directory.ago(lie.behind);
      return proofOf(old, question, old.versions(label, "shown"), HONEST);
    }
    case "forgotten-version":
      return proofOf(directory, question, directory.versions(label, "shown").slice(0, -1), FORGED);
    case "hidden-version": {
      const [newest] = directory.versions(label, "hidden").slice(-1);
      return newest && proofOf(directory, question, [newest], FORGED);
    }
    case "other-vrf-key": {
      const versions = directory.versions(label, "other-key");
      return versions.length === 0 ? undefined : proofOf(directory, question, versions, OTHER_KEY);
    }
    case "other-label": {
      const other = fromHex(lie.instead);
      return proofOf(directory, { ...question, label: other }, directory.versions(other, "shown"), HONEST);
    }
    case "denied":
      return { kind: "unknown-label" };
    case "withheld":
      return { kind: "withheld" };
  }
}

interface Manner {
  readonly under: "own" | "other";
  readonly contradicted: Contradicted;
}

const HONEST: Manner = { under: "own", contradicted: "refuse" };
const FORGED: Manner = { under: "own", contradicted: "forge" };
const OTHER_KEY: Manner = { under: "other", contradicted: "refuse" };

function proofOf(
  about: KeyDirectory,
  { label, extent }: KeyQuestion,
  versions: readonly Published[],
  { under, contradicted }: Manner,
): KeyReply {
  const [newest, ...older] = newestFirst(versions, extent ?? { kind: "most-recent", count: 1 });
  if (newest === undefined) return { kind: "unknown-label" };
  const proofs = about.proofs(under, contradicted);
  const proof = extent === undefined ? proofs.lookup(label, newest) : proofs.history(label, [newest, ...older]);
  return { kind: "proof", about, vrfKey: about.vrfKeys[under], value: newest.value, proof };
}
