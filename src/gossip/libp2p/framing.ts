/**
 * One request and one response on one libp2p stream, each a frame: its length as an unsigned varint (multiformats),
 * then that many bytes. A peer that sends more than one frame, or one over the cap, has its stream reset.
 */
import type { Stream } from "@libp2p/interface";
import { type LengthPrefixedStream, lpStream } from "@libp2p/utils";
import { CoauditError } from "../../core/errors.ts";

/** A varint of the largest frame takes 3 bytes; what does not fit in cap + this much is more than one frame. */
const LENGTH_HEADROOM_BYTES = 8;

export interface Frames {
  /** Throws FRAME_TOO_LARGE, or what the stream throws when it ends early. */
  read(signal: AbortSignal): Promise<Uint8Array>;
  write(frame: Uint8Array, signal: AbortSignal): Promise<void>;
}

/** Frames on a stream; `readCapBytes` bounds what is buffered, even before the length is checked. */
export function framesOf(stream: Stream, options: { readCapBytes: number }): Frames {
  const capBytes = options.readCapBytes;
  const frames: LengthPrefixedStream = lpStream(stream, {
    maxDataLength: capBytes,
    maxBufferSize: capBytes + LENGTH_HEADROOM_BYTES,
  });
  return {
    async read(signal) {
      try {
        // A copy: what libp2p hands out may be a Buffer, whose slice() shares memory with the rest of the socket's
        // data.
        return new Uint8Array((await frames.read({ signal })).subarray());
      } catch (cause) {
        if (!tooLarge(cause)) throw cause;
        throw new CoauditError(
          "FRAME_TOO_LARGE",
          `a frame is larger than the cap of ${capBytes} bytes`,
          { capBytes },
          { cause },
        );
      }
    },
    write: (frame, signal) => frames.write(frame, { signal }),
  };
}

function tooLarge(error: unknown): boolean {
  const name = error instanceof Error ? error.name : "";
  return name === "InvalidDataLengthError" || name === "InvalidDataLengthLengthError" || name === "StreamBufferError";
}
