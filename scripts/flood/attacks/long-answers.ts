/** An endless length, as in long-lengths.ts, in answers to what the node asks. */
import type { Stream } from "@libp2p/interface";
import { HEAD_SYNC_PROTOCOL } from "../../../src/gossip/sync/sync-frames.ts";
import type { Attack, AttackContext } from "../attack.ts";
import { strangers } from "../stranger.ts";
import { sendLongLength } from "./long-lengths.ts";

export const longAnswers: Attack = {
  name: "long-answers",
  title: "the same length in answers to what the node asks",
  // The node asks a stranger when it connects, so it connects again and again.
  run: (context) =>
    strangers(context, { handles: { [HEAD_SYNC_PROTOCOL]: (stream) => void answer(stream, context) } }, (stranger) =>
      Promise.race([stranger.stay(), new Promise<void>((resolve) => setTimeout(resolve, 10_000))]),
    ),
};

async function answer(stream: Stream, { tally, signal }: AttackContext): Promise<void> {
  try {
    await sendLongLength(async (bytes) => {
      tally.units++;
      tally.bytes += bytes.length;
      if (!stream.send(bytes)) await stream.onDrain({ signal });
    });
  } catch {
    // The node reset the stream.
  }
}
