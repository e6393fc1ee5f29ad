/**
 * One frame out of bytes that come in any pieces: test/vectors/stream-frames.json, and what can't be seen in whole
 * bytes.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, fromHex } from "../../../src/core/bytes.ts";
import { isCoauditError } from "../../../src/core/errors.ts";
import { varint } from "../../../src/core/wire.ts";
import { FrameReader } from "../../../src/gossip/libp2p/frame-reader.ts";
import { REQUEST_CAP_BYTES, RESPONSE_CAP_BYTES } from "../../../src/gossip/network.ts";
import type { StreamVector } from "../../support/vectors/stream-frames.ts";

const VECTORS = JSON.parse(
  readFileSync(new URL("../../vectors/stream-frames.json", import.meta.url), "utf8"),
) as StreamVector[];

function bytesOf({ hex, padToBytes = 0 }: StreamVector): Uint8Array {
  const start = fromHex(hex);
  return concat(start, new Uint8Array(Math.max(0, padToBytes - start.length)));
}

function readerOf(vector: StreamVector): FrameReader {
  return new FrameReader({ capBytes: vector.type === "request" ? REQUEST_CAP_BYTES : RESPONSE_CAP_BYTES });
}

/** How many of the bytes are taken before the refusal: the place of the byte that decides. */
function refusedAt(reader: FrameReader, bytes: Uint8Array): { at: number; code: string } | undefined {
  for (const [at, byte] of bytes.entries()) {
    try {
      reader.push(Uint8Array.of(byte));
    } catch (error) {
      if (!isCoauditError(error)) throw error;
      return { at, code: error.code };
    }
  }
  return undefined;
}

describe("stream frame vectors", () => {
  it("hold right and wrong bytes of both sides, each under its own name", () => {
    expect(new Set(VECTORS.map(({ name }) => name)).size).toBe(VECTORS.length);
    for (const type of ["request", "response"]) {
      expect(VECTORS.filter((vector) => vector.type === type && vector.valid).length).toBeGreaterThan(2);
      expect(VECTORS.filter((vector) => vector.type === type && !vector.valid).length).toBeGreaterThan(4);
    }
  });

  it.each(VECTORS.filter(({ valid }) => valid))("$name", (vector) => {
    const frame = readerOf(vector).push(bytesOf(vector));
    expect(frame).toHaveLength(vector.frameBytes ?? -1);
  });

  it.each(VECTORS.filter(({ valid }) => !valid))("$name", (vector) => {
    const bytes = bytesOf(vector);
    expect(refusedAt(readerOf(vector), bytes)).toEqual({ at: vector.refusedAt, code: vector.error });
    expect(() => readerOf(vector).push(bytes)).toThrow(expect.objectContaining({ code: vector.error }));
  });
});

describe("a frame in pieces", () => {
  it("is the same whatever the pieces, and comes with its last byte", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.array(fc.nat({ max: 5003 })), (body, cuts) => {
        const bytes = concat(varint(body.length), body);
        const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
        const reader = new FrameReader({ capBytes: 5000 });
        const given = places.slice(1).map((end, index) => reader.push(bytes.subarray(places[index], end)));
        expect(given.slice(0, -1).every((frame) => frame === undefined)).toBe(true);
        expect(given.at(-1)).toEqual(body);
      }),
      { numRuns: 200 },
    );
  });

  it("is refused when anything follows, then or later", () => {
    for (const pieces of [[Uint8Array.of(1, 7, 0)], [Uint8Array.of(1, 7), Uint8Array.of(0)], [Uint8Array.of(0, 0)]]) {
      const reader = new FrameReader({ capBytes: 100 });
      expect(() => pieces.map((piece) => reader.push(piece))).toThrow(
        expect.objectContaining({ code: "FRAME_MALFORMED" }),
      );
    }
  });

  it("does not share memory with what it came in", () => {
    const chunk = Uint8Array.of(2, 7, 8);
    const frame = new FrameReader({ capBytes: 100 }).push(chunk);
    chunk.fill(0);
    expect(frame).toEqual(Uint8Array.of(7, 8));
  });
});
