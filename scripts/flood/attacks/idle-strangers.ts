/** Strangers that connect, claim to speak head sync, and answer nothing. */
import { HEAD_SYNC_PROTOCOL } from "../../../src/gossip/sync/sync-frames.ts";
import type { Attack } from "../attack.ts";
import { drain, strangers } from "../stranger.ts";

export const idleStrangers: Attack = {
  name: "idle-strangers",
  title: "strangers that are asked and answer nothing",
  run: (context) => strangers(context, { handles: { [HEAD_SYNC_PROTOCOL]: drain } }, (stranger) => stranger.stay()),
};
