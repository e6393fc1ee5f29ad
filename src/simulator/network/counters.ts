/** What one node's network did, over all its lives. */
export interface NodeCounters {
  /** Copies of gossip messages handed to the wire. */
  messagesSent: number;
  /** Copies that arrived, first ones and duplicates. */
  messagesReceived: number;
  duplicatesReceived: number;
  /** Frames of gossipsub's own protocol: SUBSCRIBE, GRAFT, PRUNE, IHAVE, IWANT, IDONTWANT. */
  controlSent: number;
  /** Gossip on the wire: messages and control, with their framing. */
  bytesSent: number;
  /** Requests that this node made. */
  requests: number;
  /** Bytes of the requests that this node made and of the answers that it gave. */
  requestBytes: number;
}

export function zeroCounters(): NodeCounters {
  return {
    messagesSent: 0,
    messagesReceived: 0,
    duplicatesReceived: 0,
    controlSent: 0,
    bytesSent: 0,
    requests: 0,
    requestBytes: 0,
  };
}
