/** How gossipsub is set up here, and why: what its defaults do to this protocol. */
import { type GossipsubOpts, StrictNoSign } from "@libp2p/gossipsub";
import type { PeerScoreThresholds, TopicScoreParams } from "@libp2p/gossipsub/score";
import { toHex } from "../../core/bytes.ts";
import { messageId, messageIdText } from "../message-id.ts";
import { TOPIC_MESSAGE_CAP_BYTES } from "../network.ts";

/** Below this score a peer is disconnected and refused for a while: five rejected messages within about a minute. */
export const GRAYLIST_SCORE = -80;

/** Frames of gossipsub's own protocol: an answer to IWANT carries several messages. */
export const RPC_CAP_BYTES: number = 4 * 1024 * 1024;

export interface GossipPolicy {
  readonly topics: readonly string[];
  readonly ipColocationWeight: number;
}

export function gossipsubOptions(policy: GossipPolicy): Partial<GossipsubOpts> {
  return {
    // Statements authenticate themselves: who sent a message does not matter.
    globalSignaturePolicy: StrictNoSign,
    // Strangers' topics would fill maps.
    allowedTopics: [...policy.topics],
    msgIdFn: (message) => messageId(message.topic, message.data),
    // The same id, computed synchronously: duplicates (83 % of deliveries) die before any await.
    fastMsgIdFn: (message) => messageIdText(message.topic, message.data ?? new Uint8Array()),
    msgIdToStrFn: toHex,
    dataTransform: {
      // An exception here counts as an invalid message by the sender.
      inboundTransform(topic, data) {
        if (data.length > TOPIC_MESSAGE_CAP_BYTES) throw new RangeError(`message of ${data.length} bytes on ${topic}`);
        return data;
      },
      outboundTransform: (_topic, data) => data,
    },
    maxInboundDataLength: RPC_CAP_BYTES,
    emitSelf: false,
    // Own statements go to all peers of a topic: through a mesh alone they would reach nobody before there is one.
    floodPublish: true,
    fallbackToFloodsub: false,
    // The first node of a roster has nobody to publish to, and publishing a statement twice is not an error.
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    doPX: false,
    scoreParams: {
      topics: Object.fromEntries(policy.topics.map((topic) => [topic, TOPIC_SCORE])),
      IPColocationFactorWeight: policy.ipColocationWeight,
    },
    scoreThresholds: THRESHOLDS,
  };
}

/**
 * Only misbehaviour counts. With no entry for a topic gossipsub forgets rejected messages; its default entry punishes
 * peers on quiet topics (P3), and these topics are quiet: one head per auditor and epoch.
 */
const TOPIC_SCORE: TopicScoreParams = {
  topicWeight: 1,
  timeInMeshWeight: 0,
  timeInMeshQuantum: 1000,
  timeInMeshCap: 1,
  firstMessageDeliveriesWeight: 0,
  firstMessageDeliveriesDecay: 0.5,
  firstMessageDeliveriesCap: 1,
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 5000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  // Score is weight x count^2, and the count halves in 69 s: 5 rejects score -100.
  invalidMessageDeliveriesWeight: -4,
  invalidMessageDeliveriesDecay: 0.99,
};

const THRESHOLDS: PeerScoreThresholds = {
  gossipThreshold: -10,
  publishThreshold: -50,
  graylistThreshold: GRAYLIST_SCORE,
  acceptPXThreshold: 10,
  opportunisticGraftThreshold: 1,
};
