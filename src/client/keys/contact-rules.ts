/** What a proven version means for a contact, given what was confirmed before. */
import type { KeptKey } from "./key-book.ts";

/** How a version was proven: by a history of the most recent version, or by a lookup alone. */
export type ProofKind = "most-recent" | "lookup";

export type ContactJudgement =
  | { readonly kind: "verified" }
  | { readonly kind: "changed"; readonly previousVersion: number }
  | { readonly kind: "lookup-only" }
  | { readonly kind: "alarm"; readonly reason: "version-went-back" | "value-changed" };

export function judgeContact(known: KeptKey | undefined, shown: KeptKey, proof: ProofKind): ContactJudgement {
  if (known === undefined) return { kind: proof === "most-recent" ? "verified" : "lookup-only" };
  if (shown.version < known.version) return { kind: "alarm", reason: "version-went-back" };
  const isSame = shown.value === known.value;
  if (shown.version === known.version) {
    return isSame && shown.epoch === known.epoch ? { kind: "verified" } : { kind: "alarm", reason: "value-changed" };
  }
  // A later version was published later, or the one before was rewritten.
  if (shown.epoch <= known.epoch) return { kind: "alarm", reason: "value-changed" };
  if (proof === "lookup") return { kind: "lookup-only" };
  return isSame ? { kind: "verified" } : { kind: "changed", previousVersion: known.version };
}
