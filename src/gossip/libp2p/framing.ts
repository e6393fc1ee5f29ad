/**
 * One request and one response on one libp2p stream, each a frame. Whoever sends more than one frame, or a frame past
 * the cap, has its stream reset, whenever that is seen.
 */
import type { Stream } from "@libp2p/interface";
import { concat } from "../../core/bytes.ts";
import { unlessAborted } from "../../core/deadline.ts";
import { varint } from "../../core/wire.ts";
import { FrameReader } from "./frame-reader.ts";

export interface Frames {
  /** Throws FRAME_TOO_LARGE, FRAME_MALFORMED, or what ended the stream. */
  read(signal: AbortSignal): Promise<Uint8Array>;
  write(frame: Uint8Array, signal: AbortSignal): Promise<void>;
}

/** Frames on a stream, which listens from now until the stream ends: what comes behind the frame resets it. */
export function framesOf(stream: Stream, options: { readCapBytes: number }): Frames {
  const frame = firstFrame(stream, new FrameReader({ capBytes: options.readCapBytes }));
  // Nobody may be reading any more.
  frame.catch(() => undefined);
  return {
    read: (signal) => unlessAborted(frame, signal),
    async write(bytes, signal) {
      if (!stream.send(concat(varint(bytes.length), bytes))) await stream.onDrain({ signal });
    },
  };
}

function firstFrame(stream: Stream, reader: FrameReader): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    stream.addEventListener("message", ({ data }) => {
      try {
        let whole: Uint8Array | undefined;
        for (const chunk of data instanceof Uint8Array ? [data] : data) whole = reader.push(chunk) ?? whole;
        if (whole !== undefined) resolve(whole);
      } catch (error) {
        reject(error);
        stream.abort(error as Error);
      }
    });
    const ended = (error?: Error): void => reject(error ?? new Error("the stream ended before the frame was whole"));
    stream.addEventListener("end", () => ended());
    stream.addEventListener("close", (event) => ended(event.error));
    if (stream.readableEnded) ended();
  });
}
