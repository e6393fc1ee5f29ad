/** The frames of noise and of yamux: how long they say they are, and what it costs to take them. */
import { CoauditError } from "../../core/errors.ts";
import {
  BYTE_RECEIVED_US,
  NOISE_FRAME_US,
  STREAM_US,
  YAMUX_DATA_US,
  YAMUX_FRAME_US,
  YAMUX_PING_US,
} from "../cost/wire-price.ts";
import type { FrameKind, FrameMeasure } from "./frame-runs.ts";
import { STREAM_LIMITS } from "./libp2p-options.ts";

export const NOISE_FRAME: FrameKind = {
  headerBytes: 2,
  measure(bytes, at) {
    const sizeBytes = 2 + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
    return { sizeBytes, costUs: NOISE_FRAME_US + sizeBytes * BYTE_RECEIVED_US };
  },
};

const HEADER_BYTES = 12;
const DATA = 0;
const WINDOW_UPDATE = 1;
const PING = 2;
const SYN = 1;
/** Nobody was ever allowed to send more at once: yamux itself keeps whatever a header announces, up to 4 GiB. */
const MAX_DATA_BYTES: number = STREAM_LIMITS.streamOptions.maxStreamWindowSize;

export const YAMUX_FRAME: FrameKind = { headerBytes: HEADER_BYTES, measure: measureYamux };

function measureYamux(bytes: Uint8Array, at: number): FrameMeasure {
  const type = bytes[at + 1] ?? 0;
  const isSyn = ((bytes[at + 3] ?? 0) & SYN) === SYN;
  if (type === PING) return { sizeBytes: HEADER_BYTES, costUs: YAMUX_PING_US };
  const streamUs = isSyn && type <= WINDOW_UPDATE ? STREAM_US : 0;
  if (type !== DATA) return { sizeBytes: HEADER_BYTES, costUs: YAMUX_FRAME_US + streamUs };
  const length = new DataView(bytes.buffer, bytes.byteOffset + at + 8, 4).getUint32(0);
  if (length > MAX_DATA_BYTES) {
    const message = `a frame of yamux announces ${length} bytes, more than a window of ${MAX_DATA_BYTES}`;
    throw new CoauditError("FRAME_TOO_LARGE", message, { capBytes: MAX_DATA_BYTES });
  }
  return { sizeBytes: HEADER_BYTES + length, costUs: YAMUX_DATA_US + streamUs };
}
