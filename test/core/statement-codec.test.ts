/** The statement codec against itself, and against a general protobuf library that reads docs/coaudit.proto. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { compareBytes, compareText, equalBytes, fromHex, toHex } from "../../src/core/bytes.ts";
import { isCoauditError } from "../../src/core/errors.ts";
import type { AuditorRecord, Observation, Statement } from "../../src/core/statement.ts";
import { decodeStatement, encodeStatement, type StatementType } from "../../src/core/statement-codec.ts";
import type { BytesVector } from "../support/vectors/format.ts";

const KINDS = ["invalid-proof", "conflicting-listing", "chain-mismatch", "withheld"] as const;
const CHOICES = ["pinned", "first-sight"] as const;

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const number = (min = 0) => fc.oneof(fc.maxSafeInteger().map(Math.abs), fc.nat()).filter((n) => n >= min);
const text = (from: string, to: string, without: string, minLength: number, maxLength: number) => {
  const units = Array.from({ length: to.charCodeAt(0) - from.charCodeAt(0) + 1 }, (_, i) =>
    String.fromCharCode(from.charCodeAt(0) + i),
  ).filter((unit) => !without.includes(unit));
  return fc.string({ unit: fc.constantFrom(...units), minLength, maxLength });
};
const name = text("!", "~", "+", 1, 128);
const namespace = fc.stringMatching(/^[A-Za-z0-9._-]{1,128}$/);
const shownText = (minLength: number, maxLength: number) => text(" ", "~", "", minLength, maxLength);
const suite = fc.constantFrom(1 as const, 2 as const);
const sortedSet = <T>(item: fc.Arbitrary<T>, key: (value: T) => string, maxLength: number) =>
  fc.uniqueArray(item, { selector: key, maxLength }).map((list) => list.sort((a, b) => compareText(key(a), key(b))));
const texts = (maxLength: number, maxItems: number) => sortedSet(shownText(1, maxLength), (value) => value, maxItems);

const head = { namespace, origin: name, epoch: number(1), digest: bytes(32), publicKey: bytes(32) };

const ARBITRARY: Readonly<Record<Exclude<StatementType, "evidence">, fc.Arbitrary<Statement>>> = {
  "signed-head": fc.record(
    {
      type: fc.constant("signed-head" as const),
      ...head,
      timestampMs: number(),
      suite,
      plexiSignature: bytes(64),
      cosignature: bytes(64),
    },
    {
      requiredKeys: [
        "type",
        "namespace",
        "origin",
        "epoch",
        "digest",
        "publicKey",
        "timestampMs",
        "suite",
        "plexiSignature",
      ],
    },
  ),
  "half-head": fc.record({
    type: fc.constant("half-head" as const),
    ...head,
    timeSeconds: fc.integer({ min: 0, max: Math.floor(Number.MAX_SAFE_INTEGER / 1000) }),
    cosignature: bytes(64),
  }),
  "provider-head": fc.record({
    type: fc.constant("provider-head" as const),
    namespace,
    epoch: number(1),
    digest: bytes(32),
    timestampMs: number(),
    suite,
    publicKey: bytes(32),
    signature: bytes(64),
  }),
  observation: fc.record({
    type: fc.constant("observation" as const),
    namespace,
    origin: name,
    epoch: number(1),
    kind: fc.constantFrom(...KINDS),
    blobNames: texts(150, 8),
    bodyHashes: sortedSet(bytes(32), toHex, 8),
    host: shownText(0, 256),
    errorCode: shownText(0, 64),
    timestampMs: number(),
    publicKey: bytes(32),
    signature: bytes(64),
  }),
  "auditor-record": fc.record({
    type: fc.constant("auditor-record" as const),
    name,
    sequence: number(),
    multiaddrs: texts(60, 16),
    roots: sortedSet(
      fc.record({
        namespace: fc.stringMatching(/^[a-z.]{1,20}$/),
        epoch: number(),
        digest: bytes(32),
        chosen: fc.constantFrom(...CHOICES),
      }),
      (root) => root.namespace,
      16,
    ),
    publicKey: bytes(32),
    peerPublicKey: bytes(32),
    signature: bytes(64),
    peerSignature: bytes(64),
  }),
  "key-rotation": fc.record({
    type: fc.constant("key-rotation" as const),
    oldPublicKey: bytes(32),
    newPublicKey: bytes(32),
    starts: sortedSet(fc.record({ namespace, epoch: number(1) }), (start) => start.namespace, 16),
    timestampMs: number(),
    oldSignature: bytes(64),
    newSignature: bytes(64),
  }),
};

const exhibit: fc.Arbitrary<Statement> = fc.oneof(...Object.values(ARBITRARY));
const evidence: fc.Arbitrary<Statement> = fc
  .uniqueArray(exhibit.map(encodeStatement), { selector: toHex, minLength: 1, maxLength: 6 })
  .map((exhibits) => ({ type: "evidence", exhibits: exhibits.sort(compareBytes) }));
const TYPES: [StatementType, fc.Arbitrary<Statement>][] = [
  ...(Object.entries(ARBITRARY) as [StatementType, fc.Arbitrary<Statement>][]),
  ["evidence", evidence],
];

/** What the bytes decode to, or undefined when they are refused for their content. */
function tryDecode(encoded: Uint8Array): Statement | undefined {
  try {
    return decodeStatement(encoded);
  } catch (error) {
    if (isCoauditError(error, "STATEMENT_NOT_CANONICAL", "STATEMENT_TOO_LARGE")) return undefined;
    throw error;
  }
}

/** No two byte strings stand for the same statement: what decodes encodes to exactly what came. */
function isRefusedOrExact(encoded: Uint8Array): boolean {
  const statement = tryDecode(encoded);
  return statement === undefined || equalBytes(encodeStatement(statement), encoded);
}

describe.each(TYPES)("a %s", (_type, arbitrary) => {
  it("decodes to what was encoded", () => {
    fc.assert(
      fc.property(arbitrary, (statement) => {
        expect(decodeStatement(encodeStatement(statement))).toEqual(statement);
      }),
    );
  });

  it("that is changed anywhere is refused, or is another statement in its only encoding", () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(), fc.nat({ max: 255 }), fc.boolean(), (statement, at, by, inserts) => {
        const encoded = encodeStatement(statement);
        const index = at % encoded.length;
        const rest = encoded.subarray(inserts ? index : index + 1);
        const changed = Uint8Array.from([...encoded.subarray(0, index), by, ...rest]);
        expect(isRefusedOrExact(changed)).toBe(true);
      }),
    );
  });

  it("is frozen, since all parts of a node share it", () => {
    expect(Object.isFrozen(decodeStatement(encodeStatement(fc.sample(arbitrary, 1)[0]!)))).toBe(true);
  });
});

describe("bytes that are near a statement", () => {
  const vectors = JSON.parse(
    readFileSync(new URL("../vectors/statements.json", import.meta.url), "utf8"),
  ) as BytesVector[];
  const specimens = vectors.filter(({ name: title }) => title.endsWith(": every field set"));

  it.each(specimens)("$name: no truncation is a statement", ({ hex }) => {
    const encoded = fromHex(hex);
    for (let size = 0; size < encoded.length; size++) {
      expect([size, tryDecode(encoded.subarray(0, size))]).toEqual([size, undefined]);
    }
  });

  it.each(specimens)("$name: every flip of one bit is refused or makes another statement, exactly", ({ hex }) => {
    const encoded = fromHex(hex);
    const inexact: number[] = [];
    for (let bit = 0; bit < encoded.length * 8; bit++) {
      const flipped = encoded.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      if (!isRefusedOrExact(flipped)) inexact.push(bit);
    }
    expect(inexact).toEqual([]);
  });

  it("fail with a code of ours, whatever they are", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), isRefusedOrExact), { numRuns: 1000 });
  });
});

describe("a general protobuf library with docs/coaudit.proto", () => {
  const { root } = protobuf.parse(readFileSync(new URL("../../docs/coaudit.proto", import.meta.url), "utf8"));
  const Message = root.lookupType("coaudit.v1.Statement");

  it.each(TYPES)("reads a %s as the same fields and writes the same fields as the same bytes", (type, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (statement) => {
        const encoded = encodeStatement(statement);
        const field = type.replace(/-(.)/, (_match, letter: string) => letter.toUpperCase());
        const decoded = Message.toObject(Message.decode(encoded), { longs: Number });
        expect(plain(decoded)).toEqual(plain({ [field]: asProto(statement) }));
        const written = Message.encode(Message.fromObject({ [field]: present(asProto(statement)) })).finish();
        expect(toHex(written)).toBe(toHex(encoded));
      }),
    );
  });
});

/** The statement with the numbers that stand for its words. */
function asProto({ type: _type, ...fields }: Statement): Record<string, unknown> {
  if ("kind" in fields) return { ...fields, kind: KINDS.indexOf((fields as Observation).kind) + 1 };
  if (!("roots" in fields)) return fields;
  const roots = (fields as AuditorRecord).roots.map((entry) => ({
    ...entry,
    chosen: CHOICES.indexOf(entry.chosen) + 1,
  }));
  return { ...fields, roots };
}

/** Without zero and empty values, which proto3 does not write. */
function present(value: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(value).filter(
    ([, inner]) => inner !== undefined && inner !== 0 && (inner as { length?: number }).length !== 0,
  );
  return Object.fromEntries(
    kept.map(([key, inner]) => [
      key,
      Array.isArray(inner) && key !== "exhibits" && key !== "bodyHashes"
        ? inner.map((entry) => (typeof entry === "object" ? present(entry) : entry))
        : inner,
    ]),
  );
}

/** Comparable whatever kind of byte array or message object it is; absent, zero and empty are the same. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([, inner]) => inner !== undefined && inner !== 0 && inner !== "" && (inner as { length?: number }).length !== 0,
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner)]));
}
