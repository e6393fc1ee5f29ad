/**
 * Answers pings: what came is sent back. In place of libp2p's own, which reads on while nobody takes its answers: all
 * that comes in ten seconds is kept.
 */
import type { Stream } from "@libp2p/interface";
import { chunksOf } from "./paused-reader.ts";

export const PING_PROTOCOL = "/ipfs/ping/1.0.0";
/** Of one connection: the one in use, and one that takes its place. */
export const MAX_PING_STREAMS = 2;

/** Never throws. */
export async function answerPings(stream: Stream): Promise<void> {
  try {
    for await (const bytes of chunksOf(stream)) {
      if (!stream.send(bytes)) await stream.onDrain();
    }
    await stream.close();
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)));
  }
}
