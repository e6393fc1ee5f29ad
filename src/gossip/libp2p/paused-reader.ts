/**
 * The bytes of a libp2p stream, taken only when they are asked for: whoever does not ask pauses the stream, and what
 * the other side may still send is one window of yamux. [libp2p's own iterator takes everything that comes and keeps
 * it]
 */
import type { Stream } from "@libp2p/interface";

export async function* chunksOf(stream: Stream): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks: Uint8Array[] = [];
  let hasEnded = false;
  let failure: Error | undefined;
  let wake: () => void = () => {};
  const onMessage = (event: { data: { subarray(): Uint8Array } }): void => {
    chunks.push(event.data.subarray());
    if (stream.readStatus === "readable") stream.pause();
    wake();
  };
  const onEnd = (event: Event & { error?: Error }): void => {
    hasEnded = true;
    failure ??= event.error;
    wake();
  };
  stream.addEventListener("message", onMessage);
  stream.addEventListener("remoteCloseWrite", onEnd);
  stream.addEventListener("close", onEnd);
  try {
    for (;;) {
      const chunk = chunks.shift();
      if (chunk !== undefined) {
        yield chunk;
        continue;
      }
      if (failure !== undefined) throw failure;
      // What came before the end may still lie in the paused stream.
      if (stream.readStatus === "paused") stream.resume();
      if (chunks.length > 0) continue;
      if (hasEnded || stream.status !== "open" || stream.remoteWriteStatus === "closed") return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stream.removeEventListener("message", onMessage);
    stream.removeEventListener("remoteCloseWrite", onEnd);
    stream.removeEventListener("close", onEnd);
  }
}
