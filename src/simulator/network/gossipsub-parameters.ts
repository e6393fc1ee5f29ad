/**
 * How gossipsub behaves in this project: its defaults (@libp2p/gossipsub, constants) and what
 * src/gossip/libp2p/gossip-policy.ts sets. A test holds these numbers to both. Times in microseconds.
 */
export const D = 6;
export const D_LOW = 4;
export const D_HIGH = 12;
/** Kept by score when a mesh is cut down; the rest is chosen at random. */
export const D_SCORE = 4;
/** How many peers of a mesh this node dialled at least, if there are that many. */
export const D_OUT = 2;
/**
 * Peers outside the mesh that are told of messages at a heartbeat: this many, or this share of them if that is more.
 */
export const D_LAZY = 6;
export const GOSSIP_FACTOR = 0.25;

export const HEARTBEAT_US = 1_000_000;
export const HEARTBEAT_INITIAL_DELAY_US = 100_000;
/** Heartbeats for which a message can be asked for, and for which it is told of. */
export const HISTORY_LENGTH = 5;
export const HISTORY_GOSSIP = 3;
export const SEEN_TTL_US = 120_000_000;
/** So often one peer is sent one message that it asks for. */
export const GOSSIP_RETRANSMISSION = 3;
/** An IHAVE longer than this is cut, to a random part. */
export const MAX_IHAVE_LENGTH = 5000;
export const IWANT_FOLLOWUP_US = 3_000_000;
/** Larger messages are announced by IDONTWANT before they are validated. */
export const IDONTWANT_MIN_SIZE_BYTES = 512;

export const PRUNE_BACKOFF_US = 60_000_000;
export const GRAFT_FLOOD_THRESHOLD_US = 10_000_000;
/** Backoffs that ended a heartbeat ago are cleared only once in this many heartbeats. */
export const PRUNE_BACKOFF_TICKS = 15;

/**
 * The part of a score that a rejected message costs is this times the square of their number, which decays every
 * second.
 */
export const INVALID_WEIGHT = -4;
export const INVALID_DECAY = 0.99;
/** The same for a GRAFT that comes too early and an IWANT that is not answered. */
export const BEHAVIOUR_WEIGHT = -10;
export const BEHAVIOUR_DECAY = 0.2;
export const DECAY_TO_ZERO = 0.1;

/** Below these scores a peer is not gossiped with, is not published to, is hung up on. */
export const GOSSIP_THRESHOLD = -10;
export const PUBLISH_THRESHOLD = -50;
export const GRAYLIST_THRESHOLD = -80;
