/** All attacks, in the order of the table. */
import type { Attack } from "./attack.ts";
import { noiseFrames, resetStreams, yamuxPings } from "./attacks/below-streams.ts";
import { emptyFrames, ihave } from "./attacks/gossip-control.ts";
import { leaves, statements } from "./attacks/head-sync-questions.ts";
import { slowPosts, unreadGets } from "./attacks/http.ts";
import { idleStrangers } from "./attacks/idle-strangers.ts";
import { idleStreams } from "./attacks/idle-streams.ts";
import { junkBodies } from "./attacks/junk-bodies.ts";
import { longAnswers } from "./attacks/long-answers.ts";
import { longLengths } from "./attacks/long-lengths.ts";
import { nothing } from "./attacks/nothing.ts";
import { pendingConnections } from "./attacks/pending-connections.ts";
import { unnegotiatedGossip } from "./attacks/unnegotiated-gossip.ts";
import { wrongExhibits } from "./attacks/wrong-exhibits.ts";

export const ATTACKS: readonly Attack[] = [
  nothing,
  longLengths,
  longAnswers,
  idleStreams,
  idleStrangers,
  pendingConnections,
  unnegotiatedGossip,
  resetStreams,
  yamuxPings,
  noiseFrames,
  wrongExhibits,
  leaves,
  statements,
  emptyFrames,
  ihave,
  unreadGets,
  slowPosts,
  junkBodies,
];
