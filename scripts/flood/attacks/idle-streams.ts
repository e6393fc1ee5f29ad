/** Head-sync streams on which nothing is ever sent: each holds a place. */
import type { Stream } from "@libp2p/interface";
import { HEAD_SYNC_PROTOCOL } from "../../../src/gossip/sync/sync-frames.ts";
import type { Attack, AttackContext } from "../attack.ts";
import { again } from "../pause.ts";
import { type Stranger, strangers } from "../stranger.ts";

/** More than one peer may have, so that the node has to refuse some. */
const STREAMS = 8;

export const idleStreams: Attack = {
  name: "idle-streams",
  title: "8 idle head-sync streams a stranger",
  run: (context) =>
    strangers(context, {}, async (stranger) => {
      const open = Array.from({ length: STREAMS }, () => again(context.signal, () => hold(stranger, context)));
      await Promise.race([Promise.all(open), stranger.stay()]);
    }),
};

async function hold(stranger: Stranger, { tally }: AttackContext): Promise<void> {
  const stream = await stranger.open(HEAD_SYNC_PROTOCOL);
  tally.units++;
  await ended(stream);
}

function ended(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    stream.addEventListener("close", () => resolve());
    if (stream.status !== "open") resolve();
  });
}
