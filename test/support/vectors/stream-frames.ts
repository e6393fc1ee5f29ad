/** What comes on a stream of head sync: a length and a frame, right and wrong. */
import { toHex } from "../../../src/core/bytes.ts";
import { REQUEST_CAP_BYTES, RESPONSE_CAP_BYTES } from "../../../src/gossip/network.ts";

export interface StreamVector {
  readonly name: string;
  readonly type: "request" | "response";
  readonly hex: string;
  readonly padToBytes?: number;
  readonly valid: boolean;
  /** Size of the frame in valid bytes. */
  readonly frameBytes?: number;
  readonly error?: string;
  /** How many bytes go before the one at which the stream is reset. */
  readonly refusedAt?: number;
}

export function streamFrameVectors(): StreamVector[] {
  return [...vectorsOf("request", REQUEST_CAP_BYTES), ...vectorsOf("response", RESPONSE_CAP_BYTES)];
}

function vectorsOf(type: StreamVector["type"], capBytes: number): StreamVector[] {
  const right = (name: string, length: readonly number[], frameBytes: number): StreamVector => ({
    name: `${type}: ${name}`,
    type,
    hex: toHex(Uint8Array.from(length)),
    ...(frameBytes === 0 ? {} : { padToBytes: length.length + frameBytes }),
    valid: true,
    frameBytes,
  });
  const wrong = (name: string, bytes: readonly number[], error: string, refusedAt: number): StreamVector => ({
    name: `${type}: ${name}`,
    type,
    hex: toHex(Uint8Array.from(bytes)),
    valid: false,
    error,
    refusedAt,
  });
  const overCap = capBytes + 1;
  return [
    right("an empty frame", [0], 0),
    right("127 bytes", [0x7f], 127),
    right("128 bytes", [0x80, 0x01], 128),
    right("16,384 bytes", [0x80, 0x80, 0x01], 16_384),
    right("as much as the cap", threeBytes(capBytes), capBytes),
    wrong("a byte more than the cap", threeBytes(overCap), "FRAME_TOO_LARGE", 2),
    wrong("2^21 - 1 bytes", [0xff, 0xff, 0x7f], "FRAME_TOO_LARGE", 2),
    wrong("a length of four bytes", [0x80, 0x80, 0x80, 0x01], "FRAME_MALFORMED", 2),
    wrong(
      "a length of nine bytes, 2^62, and zeros",
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0, 0, 0, 0],
      "FRAME_MALFORMED",
      2,
    ),
    wrong("0 in two bytes", [0x80, 0x00], "FRAME_MALFORMED", 1),
    wrong("1 in three bytes", [0x81, 0x80, 0x00, 0x07], "FRAME_MALFORMED", 2),
    wrong("a second frame", [0x01, 0x07, 0x01, 0x07], "FRAME_MALFORMED", 2),
    wrong("a zero behind an empty frame", [0x00, 0x00], "FRAME_MALFORMED", 1),
  ];
}

function threeBytes(length: number): number[] {
  return [(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14];
}
