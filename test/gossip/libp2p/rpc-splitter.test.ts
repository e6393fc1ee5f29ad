import { RPC } from "@libp2p/gossipsub/message";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RpcPiece, RpcSplitter, rpcOf } from "../../../src/gossip/libp2p/rpc-splitter.ts";

const CAP = { rpcCapBytes: 4 * 1024 * 1024 };

function split(bytes: Uint8Array, sizes: readonly number[] = []): RpcPiece[] {
  const splitter = new RpcSplitter(CAP);
  const pieces: RpcPiece[] = [];
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    pieces.push(...splitter.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return pieces;
}

function prefixed(rpc: Uint8Array): Uint8Array {
  const length: number[] = [];
  let left = rpc.length;
  for (; left >= 0x80; left >>>= 7) length.push((left & 0x7f) | 0x80);
  return Uint8Array.of(...length, left, ...rpc);
}

const text = fc.string({ maxLength: 30 });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
const rpc = fc.record({
  subscriptions: fc.array(fc.record({ subscribe: fc.boolean(), topic: text }), { maxLength: 3 }),
  messages: fc.array(fc.record({ topic: text, data: bytes }), { maxLength: 3 }),
  control: fc.option(
    fc.record({
      ihave: fc.array(fc.record({ topicID: text, messageIDs: fc.array(bytes, { maxLength: 3 }) }), { maxLength: 2 }),
      iwant: fc.array(fc.record({ messageIDs: fc.array(bytes, { maxLength: 3 }) }), { maxLength: 2 }),
      graft: fc.array(fc.record({ topicID: text }), { maxLength: 2 }),
      prune: fc.constant<RPC.ControlPrune[]>([]),
      idontwant: fc.constant<RPC.ControlIDontWant[]>([]),
    }),
    { nil: undefined },
  ),
});

describe("an RPC that is taken apart", () => {
  it("says the same as a whole one, however its bytes were cut", () => {
    fc.assert(
      fc.property(fc.array(rpc, { maxLength: 4 }), fc.array(fc.integer({ min: 0, max: 40 })), (rpcs, sizes) => {
        const encoded = rpcs.map((one) => RPC.encode(one as RPC));
        const stream = Uint8Array.from(encoded.flatMap((one) => [...prefixed(one)]));
        const pieces = split(stream, sizes);
        const decoded = pieces.flatMap((piece) => {
          if (piece.kind === "empty") return [];
          const again = split(rpcOf(piece));
          expect(again).toEqual([piece]);
          return [RPC.decode(rpcOf(piece).subarray(piece.body.length < 126 ? 1 : 2))];
        });
        const whole = encoded.map((one) => RPC.decode(one));
        expect(decoded.flatMap(({ subscriptions }) => subscriptions)).toEqual(
          whole.flatMap((one) => one.subscriptions),
        );
        expect(decoded.flatMap(({ messages }) => messages)).toEqual(whole.flatMap((one) => one.messages));
        expect(decoded.flatMap(({ control }) => control ?? [])).toEqual(whole.flatMap(({ control }) => control ?? []));
        expect(pieces.filter(({ kind }) => kind === "empty")).toHaveLength(
          encoded.filter((one) => one.length === 0).length,
        );
      }),
      { numRuns: 200 },
    );
  });

  it("counts each frame of no bytes", () => {
    expect(split(new Uint8Array(1000))).toEqual(new Array(1000).fill({ kind: "empty" }));
  });

  it("passes over what is not gossipsub's, and what is too large to be an honest node's", () => {
    // Field 9 of each wire type, and a subscription of 2,000 bytes.
    const unknown = [0x48, 0x05, 0x4a, 0x02, 1, 2, 0x4d, 1, 2, 3, 4, 0x49, 1, 2, 3, 4, 5, 6, 7, 8];
    const large = [0x0a, 0xd0, 0x0f, ...new Array(2000).fill(1)];
    expect(split(prefixed(Uint8Array.from([...unknown, ...large])))).toEqual([]);
    expect(split(prefixed(Uint8Array.from([...large, 0x12, 0x01, 7])), [3, 700, 900])).toEqual([
      { kind: "message", body: Uint8Array.of(7) },
    ]);
  });

  it("keeps nothing of what is passed over", () => {
    const splitter = new RpcSplitter(CAP);
    // A control message of 3 MiB.
    expect([...splitter.push(Uint8Array.of(0x85, 0x80, 0xc0, 0x01, 0x1a, 0x80, 0x80, 0xc0, 0x01))]).toEqual([]);
    for (let i = 0; i < 48; i++) expect([...splitter.push(new Uint8Array(65_536))]).toEqual([]);
  });

  it.each([
    ["a length past the cap", [0x81, 0x80, 0x80, 0x02]],
    ["a length of five bytes", [0x80, 0x80, 0x80, 0x80, 0x01]],
    ["a length that is longer than it need be", [0x81, 0x00]],
    ["a field that runs past its RPC", [0x03, 0x12, 0x05, 1]],
    ["a tag that is cut off by the end of its RPC", [0x01, 0x92, 0x01]],
    ["a group", [0x02, 0x0b, 0x0c]],
    ["a number that does not end", [0x20, 0x48, ...new Array(10).fill(0x80), 1]],
  ])("is refused: %s", (_, bytes) => {
    expect(() => split(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: "GOSSIP_FRAME_INVALID" }));
    // At the first byte that shows it.
    expect(() => split(Uint8Array.from(bytes), new Array(bytes.length).fill(1))).toThrow(
      expect.objectContaining({ code: "GOSSIP_FRAME_INVALID" }),
    );
  });
});
