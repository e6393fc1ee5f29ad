/** What is held for one epoch: the heads of auditors and of the provider, side by side. */
import { equalBytes } from "../core/bytes.ts";
import type { AuditorHead, ProviderHead } from "../core/head.ts";

/** Everything held for one epoch of one namespace. */
export interface EpochView {
  readonly namespace: string;
  readonly epoch: number;
  readonly heads: readonly { readonly auditor: string; readonly head: AuditorHead; readonly bytes: Uint8Array }[];
  readonly providerHeads: readonly { readonly head: ProviderHead; readonly bytes: Uint8Array }[];
}

/** Heads of this epoch, by whomever, name more than one digest. */
export function differs(view: EpochView): boolean {
  const first = (view.heads[0] ?? view.providerHeads[0])?.head.digest;
  if (first === undefined) return false;
  const isOther = ({ head }: { readonly head: AuditorHead | ProviderHead }): boolean => !equalBytes(head.digest, first);
  return view.heads.some(isOther) || view.providerHeads.some(isOther);
}

/** The view of an epoch as it will be once this auditor's slot holds these heads. */
export function replaceInView(
  view: EpochView,
  auditor: string,
  heads: readonly { readonly head: AuditorHead; readonly bytes: Uint8Array }[],
): EpochView {
  const others = view.heads.filter((entry) => entry.auditor !== auditor);
  return { ...view, heads: [...others, ...heads.map(({ head, bytes }) => ({ auditor, head, bytes }))] };
}
