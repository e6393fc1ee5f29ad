/** Head sync frames, right and wrong. */
import { concat, toHex, u64be, utf8 } from "../../../src/core/bytes.ts";
import { sha256 } from "../../../src/core/hash.ts";
import { readFields } from "../../../src/core/wire.ts";
import { encodeSyncRequest, encodeSyncResponse } from "../../../src/gossip/sync/sync-codec.ts";
import {
  namespaceId,
  type SyncRequest,
  type SyncResponse,
  seriesId,
  tagOf,
} from "../../../src/gossip/sync/sync-frames.ts";
import { NAMESPACE } from "../auditors.ts";
import { type BytesVector, longVarint, type RawField, rawMessage, rawVarint, replaceField, toJson } from "./format.ts";
import { exampleHead } from "./statements.ts";

const SERIES = { auditor: "a.example", namespace: NAMESPACE };
const NONCE: Uint8Array = sha256(utf8("a nonce")).slice(0, 16);
const ID: Uint8Array = seriesId(SERIES);
const NAMESPACE_ID: Uint8Array = namespaceId(NAMESPACE);
const TAG: Uint8Array = tagOf(NONCE, sha256(utf8("a hash")));
const MAX = Number.MAX_SAFE_INTEGER;

const REQUESTS: readonly [string, SyncRequest][] = [
  ["floors", { type: "summary", nonce: NONCE, top: id(9), floors: [{ namespace: NAMESPACE_ID, bucket: 705 }] }],
  ["no floors", { type: "summary", nonce: NONCE, top: id(9), floors: [] }],
  ["newest first, all", { type: "buckets", nonce: NONCE, series: ID, order: "newest", first: 0, end: MAX }],
  ["oldest first, one", { type: "buckets", nonce: NONCE, series: ID, order: "oldest", first: 4, end: 5 }],
  ["four", { type: "leaves", nonce: NONCE, series: ID, buckets: [0, 1, 300, 2 ** 43 - 1] }],
  ["epochs", { type: "statements", series: ID, epochs: [1, 2, 3, 100_000, MAX] }],
  ["from the first on", { type: "items", series: ID, after: new Uint8Array() }],
  ["after an id", { type: "items", series: ID, after: id(5) }],
  ["two", { type: "fetch", series: ID, ids: [id(1), id(2)] }],
];

const RESPONSES: readonly [string, SyncResponse][] = [
  ["same", { type: "summary", same: true, series: [], floors: [] }],
  ["nothing in common", { type: "summary", same: false, series: [], floors: [] }],
  [
    "a series and a floor",
    {
      type: "summary",
      same: false,
      series: [{ series: ID, tag: TAG }],
      floors: [{ namespace: NAMESPACE_ID, bucket: 7 }],
    },
  ],
  ["none", { type: "buckets", buckets: [], more: false }],
  ["newest first", { type: "buckets", buckets: [tagged(9), tagged(0)], more: true }],
  ["an empty bucket and one with two leaves", { type: "leaves", buckets: [[], [leaf(0), leaf(1023)]] }],
  ["nothing for three epochs", { type: "statements", answered: 3, statements: [] }],
  ["one head", { type: "statements", answered: 1, statements: [exampleHead()] }],
  ["none", { type: "items", ids: [], more: false }],
  ["two and more", { type: "items", ids: [id(1), id(2)], more: true }],
  ["ask again later", { type: "busy" }],
];

export function syncFrameVectors(): BytesVector[] {
  const vectors: BytesVector[] = [];
  for (const [name, request] of REQUESTS) {
    vectors.push(valid("request", request.type, name, encodeSyncRequest(request), request));
  }
  for (const [name, response] of RESPONSES) {
    vectors.push(valid("response", response.type, name, encodeSyncResponse(response), response));
  }
  for (const [name, request] of REQUESTS) {
    if (name === "no floors" || name === "oldest first, one" || name === "from the first on") continue;
    vectors.push(...malformed("request", request.type, encodeSyncRequest(request)));
  }
  vectors.push(...malformed("response", "summary", encodeSyncResponse(RESPONSES[2]?.[1] as SyncResponse)));
  vectors.push(...requestChanges(), ...responseChanges());
  return vectors;
}

function id(first: number): Uint8Array {
  return new Uint8Array(32).fill(first);
}

function tagged(bucket: number): { bucket: number; tag: Uint8Array } {
  return { bucket, tag: TAG };
}

function leaf(offset: number): { offset: number; tag: Uint8Array } {
  return { offset, tag: TAG };
}

type Side = "request" | "response";

function valid(
  side: Side,
  type: string,
  name: string,
  bytes: Uint8Array,
  frame: SyncRequest | SyncResponse,
): BytesVector {
  const { type: _type, ...fields } = frame;
  return {
    name: `${type} ${side}: ${name}`,
    type: side,
    hex: toHex(bytes),
    valid: true,
    fields: toJson({ type, ...fields }),
  };
}

function invalid(side: Side, type: string, name: string, bytes: Uint8Array): BytesVector {
  return { name: `${type} ${side}: ${name}`, type: side, hex: toHex(bytes), valid: false, error: "SYNC_FRAME_INVALID" };
}

/** What can be wrong with any frame. */
function malformed(side: Side, type: string, bytes: Uint8Array): BytesVector[] {
  const [outer] = readFields(bytes, "frame");
  const field = outer?.field ?? 0;
  const body = outer?.bytes ?? new Uint8Array();
  const wrapped = { field, value: body };
  const fields = fieldsOf(bytes);
  const [first, second, ...rest] = fields as [RawField, RawField, ...RawField[]];
  const changed = (name: string, next: RawField[]): BytesVector =>
    invalid(side, type, name, rawMessage([{ field, value: next }]));
  return [
    ...(type === "summary" ? [invalid(side, type, "nothing at all", new Uint8Array())] : []),
    invalid(side, type, "the last byte is missing", bytes.subarray(0, -1)),
    invalid(side, type, "a zero byte behind it", concat(bytes, Uint8Array.of(0))),
    invalid(side, type, "twice", rawMessage([wrapped, wrapped])),
    invalid(side, type, "an unknown frame", rawMessage([{ field: 7, value: body }])),
    invalid(
      side,
      type,
      "a length in more bytes than it needs",
      rawMessage([{ ...wrapped, as: longVarint(BigInt(body.length)) }]),
    ),
    changed("an unknown field", [...fields, { field: 15, value: 1n }]),
    changed("a field twice", [first, ...fields]),
    changed("two fields in the other order", [second, first, ...rest]),
    ...(side === "request" ? [changed("an empty body", [])] : []),
    ...fields.flatMap(({ field: number, value }) =>
      typeof value === "bigint"
        ? [changed(`field ${number} past 2^53-1`, replaceField(fields, number, 2n ** 53n))]
        : [
            changed(
              `field ${number} a byte short`,
              replaceField(fields, number, (value as Uint8Array).subarray(0, -1)),
            ),
            changed(`field ${number} present and empty`, replaceField(fields, number, new Uint8Array())),
          ],
    ),
  ];
}

function fieldsOf(frame: Uint8Array): RawField[] {
  const [outer] = readFields(frame, "frame");
  return [...readFields(outer?.bytes ?? new Uint8Array(), "body")].map(({ field, number, bytes }) => ({
    field,
    value: bytes ?? BigInt(number ?? 0),
  }));
}

function requestChanges(): BytesVector[] {
  const floor = (namespace: number): Uint8Array => concat(new Uint8Array(8).fill(namespace), u64be(1));
  const summary = (floors: Uint8Array): Uint8Array => frame(1, [NONCE, id(9), floors]);
  const buckets = (...numbers: bigint[]): Uint8Array => frame(2, [NONCE, ID, ...numbers]);
  const numbers = (field: number, before: Uint8Array[], ...deltas: bigint[]): Uint8Array =>
    frame(field, [...before, concat(...deltas.map(rawVarint))]);
  const leaves = (...deltas: bigint[]): Uint8Array => numbers(3, [NONCE, ID], ...deltas);
  const statements = (...deltas: bigint[]): Uint8Array => numbers(4, [ID], ...deltas);
  const fetch = (...ids: Uint8Array[]): Uint8Array => frame(6, [ID, concat(...ids)]);
  const no = (type: string, name: string, bytes: Uint8Array): BytesVector => invalid("request", type, name, bytes);
  return [
    no("summary", "floors in descending order", summary(concat(floor(2), floor(1)))),
    no("summary", "a floor twice", summary(concat(floor(1), floor(1)))),
    no("summary", "65 floors", summary(concat(...Array.from({ length: 65 }, (_, i) => floor(i + 1))))),
    no("summary", "a floor past 2^53-1", summary(concat(ID, new Uint8Array(8).fill(255)))),
    no("buckets", "an unknown order", buckets(2n, 0n, 5n)),
    no("buckets", "an end that is not above first", buckets(1n, 5n, 5n)),
    no("buckets", "no end", frame(2, [NONCE, ID])),
    no("leaves", "no bucket", frame(3, [NONCE, ID])),
    no("leaves", "a bucket twice", leaves(1n, 0n)),
    no("leaves", "33 buckets", leaves(...Array<bigint>(33).fill(1n))),
    no("leaves", "a bucket past 2^53-1 by its sum", leaves(BigInt(MAX), 1n)),
    no("leaves", "a bucket of epochs past 2^53-1", leaves(8_796_093_022_208n)),
    no("summary", "a floor above all epochs", summary(concat(ID, u64be(8_796_093_022_208)))),
    no("leaves", "a number in more bytes than it needs", frame(3, [NONCE, ID, longVarint(1n)])),
    no("leaves", "a number cut off", frame(3, [NONCE, ID, Uint8Array.of(0x80)])),
    no("statements", "no epoch", frame(4, [ID])),
    no("statements", "257 epochs", statements(...Array<bigint>(257).fill(1n))),
    no("items", "after 31 bytes", frame(5, [ID, new Uint8Array(31).fill(1)])),
    no("fetch", "no id", frame(6, [ID])),
    no("fetch", "ids in descending order", fetch(id(2), id(1))),
    no("fetch", "an id twice", fetch(id(1), id(1))),
    no("fetch", "257 ids", fetch(...Array.from({ length: 257 }, (_, i) => concat(u64be(i), new Uint8Array(24))))),
    no("fetch", "an id of 33 bytes", fetch(concat(id(1), Uint8Array.of(0)))),
  ];
}

function responseChanges(): BytesVector[] {
  const packedLeaf = (offset: number): Uint8Array => concat(Uint8Array.of(offset >> 8, offset & 255), TAG);
  const leaves = (...offsets: number[]): Uint8Array => frame(3, [concat(...offsets.map(packedLeaf))]);
  const series = (first: number): Uint8Array => concat(new Uint8Array(8).fill(first), TAG);
  const no = (type: string, name: string, bytes: Uint8Array): BytesVector => invalid("response", type, name, bytes);
  return [
    no("summary", "a flag that is 2", frame(1, [2n])),
    no("summary", "a flag zero and written", rawMessage([{ field: 1, value: [{ field: 1, value: 0n }] }])),
    no("summary", "series in descending order", frame(1, [0n, concat(series(2), series(1))])),
    no("summary", "a series twice", frame(1, [0n, concat(series(1), series(1))])),
    no("summary", "a series cut off", frame(1, [0n, series(1).subarray(1)])),
    no("summary", "a series behind same", frame(1, [1n, series(1)])),
    no(
      "summary",
      "a floor behind same",
      rawMessage([
        {
          field: 1,
          value: [
            { field: 1, value: 1n },
            { field: 3, value: concat(new Uint8Array(8).fill(1), u64be(1)) },
          ],
        },
      ]),
    ),
    no("buckets", "a bucket of epochs past 2^53-1", frame(2, [concat(u64be(8_796_093_022_208), TAG)])),
    no("buckets", "a bucket cut off", frame(2, [concat(u64be(1), TAG).subarray(1)])),
    no("buckets", "a bucket past 2^53-1", frame(2, [concat(new Uint8Array(8).fill(255), TAG)])),
    no("buckets", "a flag that is 2", frame(2, [concat(u64be(1), TAG), 2n])),
    no("leaves", "an offset of 1024", leaves(1024)),
    no("leaves", "offsets in descending order", leaves(2, 1)),
    no("leaves", "an offset twice", leaves(1, 1)),
    no("leaves", "a leaf cut off", frame(3, [packedLeaf(1).subarray(1)])),
    no(
      "leaves",
      "33 buckets",
      rawMessage([{ field: 3, value: Array.from({ length: 33 }, () => ({ field: 1, value: new Uint8Array() })) }]),
    ),
    no(
      "statements",
      "513 statements",
      rawMessage([{ field: 4, value: Array.from({ length: 513 }, () => ({ field: 2, value: new Uint8Array() })) }]),
    ),
    no("statements", "a number instead of a statement", rawMessage([{ field: 4, value: [{ field: 2, value: 1n }] }])),
    tooManyBytes(),
    no("items", "ids in descending order", frame(5, [concat(id(2), id(1))])),
    no("items", "an id cut off", frame(5, [id(1).subarray(1)])),
    no("items", "a flag that is 2", frame(5, [id(1), 2n])),
    no("busy", "with something in it", frame(6, [ID])),
  ];
}

/** One statement of a byte more than may be sent at once: the vector's padding is its content. */
function tooManyBytes(): BytesVector {
  const sizeBytes = 524_289;
  const inner = concat(Uint8Array.of(2 * 8 + 2), rawVarint(BigInt(sizeBytes)));
  const start = concat(Uint8Array.of(4 * 8 + 2), rawVarint(BigInt(inner.length + sizeBytes)), inner);
  const vector = invalid("response", "statements", "more than 512 KiB of statements", start);
  return { ...vector, padToBytes: start.length + sizeBytes };
}

/** A frame of this number whose fields 1, 2, ... are these; 0n and nothing are left out. */
function frame(field: number, values: readonly (bigint | Uint8Array)[]): Uint8Array {
  const fields = values.map((value, index) => ({ field: index + 1, value }));
  const present = fields.filter(({ value }) => (typeof value === "bigint" ? value !== 0n : value.length > 0));
  return rawMessage([{ field, value: present }]);
}
