import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, fromHex, toHex } from "../../../src/core/bytes.ts";
import { ProtoWriter } from "../../../src/core/wire.ts";
import {
  decodeSyncRequest,
  decodeSyncResponse,
  encodeSyncRequest,
  encodeSyncResponse,
} from "../../../src/gossip/sync/sync-codec.ts";
import {
  MAX_BUCKETS_LISTED,
  namespaceId,
  type SyncRequest,
  type SyncResponse,
  seriesId,
  tagOf,
} from "../../../src/gossip/sync/sync-frames.ts";

const NONCE = new Uint8Array(16).fill(1);
const TOP = new Uint8Array(32).fill(2);
const SERIES = new Uint8Array(8).fill(3);
const TAG = new Uint8Array(8).fill(4);

function id(first: number): Uint8Array {
  return new Uint8Array(32).fill(first);
}

const REQUESTS: SyncRequest[] = [
  { type: "summary", nonce: NONCE, top: TOP, floors: [] },
  { type: "summary", nonce: NONCE, top: TOP, floors: [{ namespace: SERIES, bucket: 2 ** 43 - 1 }] },
  { type: "buckets", nonce: NONCE, series: SERIES, order: "newest", first: 0, end: Number.MAX_SAFE_INTEGER },
  { type: "buckets", nonce: NONCE, series: SERIES, order: "oldest", first: 4, end: 5 },
  { type: "leaves", nonce: NONCE, series: SERIES, buckets: [0, 1, 300, 2 ** 43 - 1] },
  { type: "statements", series: SERIES, epochs: [1, 2, 3, 100_000, Number.MAX_SAFE_INTEGER] },
  { type: "items", series: SERIES, after: new Uint8Array() },
  { type: "items", series: SERIES, after: id(5) },
  { type: "fetch", series: SERIES, ids: [id(1), id(2)] },
];

const RESPONSES: SyncResponse[] = [
  { type: "summary", same: true, series: [], floors: [] },
  { type: "summary", same: false, series: [{ series: SERIES, tag: TAG }], floors: [{ namespace: TAG, bucket: 7 }] },
  {
    type: "buckets",
    buckets: [
      { bucket: 9, tag: TAG },
      { bucket: 0, tag: TAG },
    ],
    more: true,
  },
  {
    type: "leaves",
    buckets: [
      [],
      [
        { offset: 0, tag: TAG },
        { offset: 1023, tag: TAG },
      ],
    ],
  },
  { type: "statements", answered: 2, statements: [Uint8Array.of(1), Uint8Array.of(2, 3)] },
  { type: "items", ids: [id(1), id(9)], more: false },
];

describe("head sync frames", () => {
  it("decode to what was encoded", () => {
    for (const request of REQUESTS) expect(decodeSyncRequest(encodeSyncRequest(request))).toEqual(request);
    for (const response of RESPONSES) expect(decodeSyncResponse(encodeSyncResponse(response))).toEqual(response);
  });

  it("have the bytes that are written down", () => {
    expect(toHex(encodeSyncRequest({ type: "statements", series: SERIES, epochs: [1, 2, 300] }))).toBe(
      "2210" + "0a08" + "0303030303030303" + "1204" + "0101aa02",
    );
    expect(toHex(encodeSyncResponse({ type: "summary", same: true, series: [], floors: [] }))).toBe("0a020801");
    expect(toHex(seriesId({ auditor: "a.example", namespace: "example.v1" }))).toBe("91b406ffb83fad3b");
    expect(toHex(namespaceId("example.v1"))).toBe("0e2d975d99c60277");
    expect(toHex(tagOf(NONCE, TOP))).toBe("0e95ab36912e181c");
  });

  function frame(field: number, ...parts: [number, Uint8Array | number][]): Uint8Array {
    const body = new ProtoWriter();
    for (const [number, value] of parts) {
      if (typeof value === "number") body.uint(number, value);
      else body.element(number, value);
    }
    return new ProtoWriter().element(field, body.finish()).finish();
  }

  const BAD_REQUESTS: Record<string, Uint8Array> = {
    "no frame": new Uint8Array(),
    "an unknown frame": frame(7),
    "two frames": concat(encodeSyncRequest(REQUESTS[0] as SyncRequest), encodeSyncRequest(REQUESTS[0] as SyncRequest)),
    "a short nonce": frame(1, [1, NONCE.slice(1)], [2, TOP]),
    "an unknown field": frame(1, [1, NONCE], [2, TOP], [4, TOP]),
    "fields out of order": frame(1, [2, TOP], [1, NONCE]),
    "a floor cut off": frame(1, [1, NONCE], [2, TOP], [3, new Uint8Array(15)]),
    "floors out of order": frame(
      1,
      [1, NONCE],
      [2, TOP],
      [3, concat(TAG, new Uint8Array(8), SERIES, new Uint8Array(8))],
    ),
    "an unknown order": frame(2, [1, NONCE], [2, SERIES], [3, 2], [5, 9]),
    "a range without buckets": frame(2, [1, NONCE], [2, SERIES], [4, 9], [5, 9]),
    "no bucket to open": frame(3, [1, NONCE], [2, SERIES]),
    "33 buckets to open": frame(3, [1, NONCE], [2, SERIES], [3, new Uint8Array(33).fill(1)]),
    "the same epoch twice": frame(4, [1, SERIES], [2, Uint8Array.of(1, 0)]),
    "a number that is not minimal": frame(4, [1, SERIES], [2, Uint8Array.of(0x81, 0x00)]),
    "numbers past 2^53-1": frame(4, [1, SERIES], [2, fromHex("ffffffffffffff0f01")]),
    "257 epochs": frame(4, [1, SERIES], [2, new Uint8Array(257).fill(1)]),
    "half an id": frame(5, [1, SERIES], [2, new Uint8Array(16)]),
    "ids out of order": frame(6, [1, SERIES], [2, concat(id(2), id(1))]),
    "no id": frame(6, [1, SERIES]),
  };
  it.each(Object.entries(BAD_REQUESTS))("refuse as a request: %s", (_name, bytes) => {
    expect(() => decodeSyncRequest(bytes)).toThrow(expect.objectContaining({ code: "SYNC_FRAME_INVALID" }));
  });

  const BAD_RESPONSES: Record<string, Uint8Array> = {
    "a fetch": frame(6, [1, 1]),
    "a flag of 2": frame(1, [1, 2]),
    "series out of order": frame(1, [2, concat(TAG, TAG, SERIES, TAG)]),
    "too many buckets": frame(2, [1, new Uint8Array(16 * (MAX_BUCKETS_LISTED + 1))]),
    "a bucket past 2^53-1": frame(2, [1, new Uint8Array(16).fill(255)]),
    "a leaf past the bucket": frame(3, [1, concat(Uint8Array.of(4, 0), TAG)]),
    "leaves out of order": frame(3, [1, concat(Uint8Array.of(0, 2), TAG, Uint8Array.of(0, 1), TAG)]),
    "too many statements": frame(4, [1, 1], ...Array.from({ length: 513 }, (): [number, Uint8Array] => [2, TAG])),
    "too many bytes of statements": frame(4, [1, 1], [2, new Uint8Array(524_289)]),
    "the same id twice": frame(5, [1, concat(id(1), id(1))]),
  };
  it.each(Object.entries(BAD_RESPONSES))("refuse as a response: %s", (_name, bytes) => {
    expect(() => decodeSyncResponse(bytes)).toThrow(expect.objectContaining({ code: "SYNC_FRAME_INVALID" }));
  });

  it("never fail in another way, whatever the bytes", () => {
    const mutated = fc.tuple(
      fc.constantFrom(...REQUESTS.map(encodeSyncRequest), ...RESPONSES.map(encodeSyncResponse)),
      fc.nat(),
      fc.nat(255),
    );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated), (input) => {
        let bytes = input as Uint8Array;
        if (Array.isArray(input)) {
          bytes = input[0].slice();
          bytes[input[1] % bytes.length] = input[2];
        }
        for (const [decode, encode] of [
          [decodeSyncRequest, encodeSyncRequest],
          [decodeSyncResponse, encodeSyncResponse],
        ] as [(b: Uint8Array) => SyncRequest, (r: SyncRequest) => Uint8Array][]) {
          try {
            expect(encode(decode(bytes))).toEqual(bytes);
          } catch (error) {
            expect(error).toMatchObject({ code: "SYNC_FRAME_INVALID" });
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
