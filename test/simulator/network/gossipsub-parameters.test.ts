/**
 * The model's numbers are gossipsub's own defaults and this project's policy: an upgrade that changes one of them fails
 * here.
 */
import { type GossipSub, type GossipSubComponents, gossipsub } from "@libp2p/gossipsub";
import { describe, expect, it } from "vitest";
import * as constants from "../../../node_modules/@libp2p/gossipsub/dist/src/constants.js";
import { GRAYLIST_SCORE, gossipsubOptions } from "../../../src/gossip/libp2p/gossip-policy.ts";
import * as ours from "../../../src/simulator/network/gossipsub-parameters.ts";
import { TOPIC } from "./sim-world.ts";

const policy = gossipsubOptions({ topics: [TOPIC], ipColocationWeight: 0 });

/** With every default filled in by the real one. */
const options = (() => {
  const components = { logger: { forComponent: () => () => {} } } as unknown as GossipSubComponents;
  return (gossipsub(policy)(components) as GossipSub & { opts: Record<string, unknown> }).opts;
})();

describe("the parameters of the mesh model", () => {
  it("are the ones that gossipsub runs with here", () => {
    expect(options).toMatchObject({
      floodPublish: true,
      doPX: false,
      D: ours.D,
      Dlo: ours.D_LOW,
      Dhi: ours.D_HIGH,
      Dscore: ours.D_SCORE,
      Dout: ours.D_OUT,
      Dlazy: ours.D_LAZY,
      gossipFactor: ours.GOSSIP_FACTOR,
      heartbeatInterval: ours.HEARTBEAT_US / 1000,
      mcacheLength: ours.HISTORY_LENGTH,
      mcacheGossip: ours.HISTORY_GOSSIP,
      seenTTL: ours.SEEN_TTL_US / 1000,
      gossipsubIWantFollowupMs: ours.IWANT_FOLLOWUP_US / 1000,
      pruneBackoff: ours.PRUNE_BACKOFF_US / 1000,
      graftFloodThreshold: ours.GRAFT_FLOOD_THRESHOLD_US / 1000,
      idontwantMinDataSize: ours.IDONTWANT_MIN_SIZE_BYTES,
    });
    expect(constants).toMatchObject({
      GossipsubHeartbeatInitialDelay: ours.HEARTBEAT_INITIAL_DELAY_US / 1000,
      GossipsubGossipRetransmission: ours.GOSSIP_RETRANSMISSION,
      GossipsubMaxIHaveLength: ours.MAX_IHAVE_LENGTH,
      GossipsubPruneBackoffTicks: ours.PRUNE_BACKOFF_TICKS,
      BACKOFF_SLACK: 1,
    });
  });

  it("score as this project's policy does, and nothing good counts", () => {
    const { scoreParams, scoreThresholds } = options as {
      scoreParams: Record<string, unknown>;
      scoreThresholds: object;
    };
    expect(scoreThresholds).toMatchObject({
      gossipThreshold: ours.GOSSIP_THRESHOLD,
      publishThreshold: ours.PUBLISH_THRESHOLD,
      graylistThreshold: ours.GRAYLIST_THRESHOLD,
    });
    expect(GRAYLIST_SCORE).toBe(ours.GRAYLIST_THRESHOLD);
    expect(scoreParams).toMatchObject({
      behaviourPenaltyWeight: ours.BEHAVIOUR_WEIGHT,
      behaviourPenaltyThreshold: 0,
      behaviourPenaltyDecay: ours.BEHAVIOUR_DECAY,
      decayInterval: 1000,
      decayToZero: ours.DECAY_TO_ZERO,
    });
    expect(policy.scoreParams?.topics?.[TOPIC]).toMatchObject({
      topicWeight: 1,
      invalidMessageDeliveriesWeight: ours.INVALID_WEIGHT,
      invalidMessageDeliveriesDecay: ours.INVALID_DECAY,
      timeInMeshWeight: 0,
      firstMessageDeliveriesWeight: 0,
      meshMessageDeliveriesWeight: 0,
      meshFailurePenaltyWeight: 0,
    });
  });
});
