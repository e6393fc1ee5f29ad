import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, equalBytes } from "../../../src/core/bytes.ts";
import { STREAM_US } from "../../../src/gossip/cost/wire-price.ts";
import { FrameRuns, type PricedBytes } from "../../../src/gossip/libp2p/frame-runs.ts";
import { NOISE_FRAME, YAMUX_FRAME } from "../../../src/gossip/libp2p/wire-frames.ts";
import { codeOf } from "../../support/code-of.ts";
import { YAMUX, yamuxFrame } from "../../support/wire-stranger.ts";

function noiseFrame(sizeBytes: number): Uint8Array {
  return concat(Uint8Array.of(sizeBytes >> 8, sizeBytes & 255), new Uint8Array(sizeBytes).fill(7));
}

function totalUs(runs: readonly PricedBytes[]): number {
  return runs.reduce((sum, { costUs }) => sum + costUs, 0);
}

describe("frames that are priced", () => {
  const frame = fc.oneof(
    fc.integer({ min: 0, max: 3000 }).map(noiseFrame),
    fc.constant(noiseFrame(20_000)),
    fc.constant(noiseFrame(0)),
  );

  it("go on whole, in order and at the same price, in whatever pieces they come", () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), fc.array(fc.nat(2000), { maxLength: 40 }), (frames, cuts) => {
        const bytes = concat(...frames);
        const runs: PricedBytes[] = [];
        const inPieces = new FrameRuns(NOISE_FRAME);
        let at = 0;
        for (const cut of cuts) {
          runs.push(...inPieces.push(bytes.subarray(at, at + cut)));
          at = Math.min(bytes.length, at + cut);
        }
        runs.push(...inPieces.push(bytes.subarray(at)));
        expect(equalBytes(concat(...runs.map((run) => run.bytes)), bytes)).toBe(true);
        const atOnce = new FrameRuns(NOISE_FRAME).push(bytes);
        expect(totalUs(runs)).toBeCloseTo(totalUs(atOnce), 6);
        // No run ends inside a frame.
        for (const run of runs) {
          const again = new FrameRuns(NOISE_FRAME).push(run.bytes).map((part) => part.bytes);
          expect(again.reduce((sum, { length }) => sum + length, 0)).toBe(run.bytes.length);
        }
      }),
    );
  });

  it("wait for their last byte", () => {
    const frames = new FrameRuns(NOISE_FRAME);
    const bytes = noiseFrame(300);
    for (const byte of bytes.subarray(0, -1)) expect(frames.push(Uint8Array.of(byte))).toEqual([]);
    expect(frames.push(bytes.subarray(-1)).map((run) => run.bytes)).toEqual([bytes]);
  });

  it("go on in runs of a millisecond at most: one stream opened is a run", () => {
    const opened = yamuxFrame({ type: YAMUX.windowUpdate, flags: YAMUX.syn, stream: 3 });
    const runs = new FrameRuns(YAMUX_FRAME).push(concat(opened, opened, opened));
    expect(runs).toHaveLength(3);
    expect(totalUs(runs)).toBeGreaterThanOrEqual(3 * STREAM_US);
  });

  it("cost a stream only where one is opened", () => {
    const price = (frame: Uint8Array): number => totalUs(new FrameRuns(YAMUX_FRAME).push(frame));
    const { data, windowUpdate, ping, goAway, syn, ack, fin, rst } = YAMUX;
    for (const type of [data, windowUpdate]) {
      expect(price(yamuxFrame({ type, flags: syn, stream: 3 }))).toBeGreaterThanOrEqual(STREAM_US);
      expect(price(yamuxFrame({ type, flags: syn | rst, stream: 3 }))).toBeGreaterThanOrEqual(STREAM_US);
      expect(price(yamuxFrame({ type, flags: ack | fin | rst, stream: 3 }))).toBeLessThan(20);
    }
    for (const type of [ping, goAway]) expect(price(yamuxFrame({ type, flags: syn, stream: 0 }))).toBeLessThan(20);
  });

  it("are refused at the header of one that is larger than a window", () => {
    const frames = new FrameRuns(YAMUX_FRAME);
    const header = yamuxFrame({ type: YAMUX.data, stream: 3, length: 0xffff_ffff });
    expect(frames.push(header.subarray(0, 11))).toEqual([]);
    expect(codeOf(() => frames.push(header.subarray(11)))).toBe("FRAME_TOO_LARGE");
    expect(
      new FrameRuns(YAMUX_FRAME).push(yamuxFrame({ type: YAMUX.data, stream: 3 }, new Uint8Array(262_144))),
    ).toHaveLength(1);
  });
});
