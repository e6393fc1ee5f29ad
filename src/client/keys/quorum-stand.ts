/** Do enough auditors stand behind the digest of an answer, and is the answer recent? */
import { toHex } from "../../core/bytes.ts";
import type { WrongDigestReport } from "../../core/wrong-digest.ts";
import type { QuorumClient } from "../quorum-client.ts";
import type { CheckResult } from "../results.ts";

/** What is used of the quorum client. */
export type Quorum = Pick<QuorumClient, "check" | "latest">;

export type Stand =
  | { readonly kind: "signed"; readonly newestEpoch: number }
  /** Not yet signed by enough; `newestEpoch`: the quorum's, where it has one. */
  | { readonly kind: "pending"; readonly newestEpoch?: number }
  | { readonly kind: "outdated"; readonly newestEpoch: number }
  /** Signed by too few, though newer epochs are. */
  | { readonly kind: "not-signed" }
  | { readonly kind: "no-answer" }
  | { readonly kind: "wrong-digest"; readonly report: WrongDigestReport }
  | { readonly kind: "conflict" };

/** An answer may be so many epochs below the quorum's newest: that is what caches and slow replicas need. */
export const MAX_EPOCHS_BEHIND = 20;

export async function standOf(quorum: Quorum, namespace: string, epoch: number, digest: Uint8Array): Promise<Stand> {
  const found = await quorum.check(namespace, epoch, toHex(digest));
  if (found.result !== "satisfied") return unsigned(found);
  const newest = await quorum.latest(namespace);
  if (newest.result === "conflict" || newest.result === "nodes-disagree") return { kind: "conflict" };
  if (newest.result !== "satisfied") return { kind: "no-answer" };
  const newestEpoch = Math.max(newest.head.epoch, epoch);
  return { kind: newestEpoch - epoch > MAX_EPOCHS_BEHIND ? "outdated" : "signed", newestEpoch };
}

function unsigned(found: Exclude<CheckResult, { result: "satisfied" }>): Stand {
  switch (found.result) {
    case "wrong-digest":
      return { kind: "wrong-digest", report: found.report };
    case "conflict":
    case "nodes-disagree":
      return { kind: "conflict" };
    case "pending":
      return { kind: "pending", ...(found.acceptedEpoch === undefined ? {} : { newestEpoch: found.acceptedEpoch }) };
    case "not-enough":
    case "stale":
      return { kind: "not-signed" };
    case "no-answer":
      return { kind: "no-answer" };
  }
}
