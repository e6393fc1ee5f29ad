/** What we use of gossipsub beyond its published interface, in one place and checked at start. */
import type { GossipSub } from "@libp2p/gossipsub";
import type { PeerId } from "@libp2p/interface";
import { CoauditError } from "../../core/errors.ts";

export interface GossipInternals {
  /** Ends when the message was validated, or was a duplicate. */
  handleReceivedMessage(from: PeerId, message: { data?: Uint8Array; topic: string }): Promise<void>;
  getScore(peer: string): number;
  /** By the text of a message id. */
  readonly seenCache: { has(messageId: string): boolean };
}

/** An upgrade can't switch the budgets off silently. Throws NETWORK_UNSUITABLE. */
export function gossipInternals(pubsub: GossipSub): GossipInternals {
  const candidate = pubsub as GossipSub & Partial<GossipInternals>;
  if (
    typeof candidate.handleReceivedMessage !== "function" ||
    typeof candidate.getScore !== "function" ||
    typeof candidate.seenCache?.has !== "function"
  ) {
    throw new CoauditError(
      "NETWORK_UNSUITABLE",
      "this version of @libp2p/gossipsub has no handleReceivedMessage, getScore and seenCache to attach budgets to; install the version of package-lock.json",
      { reason: "gossipsub" },
    );
  }
  return candidate as GossipSub & GossipInternals;
}

/**
 * Whether gossipsub's terms end by a clock that nobody sets. patches/ sees to it in a checkout; an installation from a
 * registry is without the patch.
 */
export function keepsTermsBySteadyClock(pubsub: object): boolean {
  return String((pubsub as { acceptFrom?: unknown }).acceptFrom).includes("monotonicNow");
}
