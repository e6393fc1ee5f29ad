/** The two places where we use gossipsub beyond its published interface: incoming messages and a peer's score. */
import type { GossipSub } from "@libp2p/gossipsub";
import type { PeerId } from "@libp2p/interface";
import { CoauditError } from "../../core/errors.ts";

export interface GossipInternals {
  handleReceivedRpc(from: PeerId, rpc: { messages: { data?: Uint8Array; topic: string }[] }): Promise<void>;
  getScore(peer: string): number;
}

/**
 * Passes on the messages that `takes` lets through. That is before the seen-cache: a message dropped here counts as
 * never seen, so a copy from a peer with budget left still arrives. With a budget inside the validator, a flood would
 * swallow the statements that it repeats.
 */
export function limitIntake(internals: GossipInternals, takes: (peer: string, sizeBytes: number) => boolean): void {
  const original = internals.handleReceivedRpc.bind(internals);
  internals.handleReceivedRpc = (from, rpc) => {
    const peer = from.toString();
    rpc.messages = rpc.messages.filter((message) => takes(peer, message.data?.length ?? 0));
    return original(from, rpc);
  };
}

/** Checked at start, so that an upgrade cannot silently switch the budgets off. Throws NETWORK_UNSUITABLE. */
export function gossipInternals(pubsub: GossipSub): GossipInternals {
  const candidate = pubsub as GossipSub & Partial<GossipInternals>;
  if (typeof candidate.handleReceivedRpc !== "function" || typeof candidate.getScore !== "function") {
    throw new CoauditError(
      "NETWORK_UNSUITABLE",
      "this version of @libp2p/gossipsub has no handleReceivedRpc and getScore to attach budgets to; install the version of package-lock.json",
      { reason: "gossipsub" },
    );
  }
  return candidate as GossipSub & GossipInternals;
}
