/** Every kind of statement, right and wrong in every way that a decoder must tell. */
import { compareBytes, concat, toHex, utf8 } from "../../../src/core/bytes.ts";
import type { Evidence, Statement } from "../../../src/core/statement.ts";
import { encodeStatement, STATEMENT_TYPES, type StatementType } from "../../../src/core/statement-codec.ts";
import { readFields } from "../../../src/core/wire.ts";
import { digestOf, makeAuditors, PROVIDER, T0, type TestAuditor } from "../auditors.ts";
import { type BytesVector, longVarint, type RawField, rawMessage, rawVarint, replaceField, toJson } from "./format.ts";
import {
  boundaryStatements,
  signedHead,
  signedObservation,
  signedRecord,
  signedRotation,
  wronglySigned,
} from "./specimens.ts";

const [A, B, C] = makeAuditors(3) as [TestAuditor, TestAuditor, TestAuditor];
const PAST_LIMIT = 2n ** 53n;
const NOT_CANONICAL = "STATEMENT_NOT_CANONICAL";
const TOO_LARGE = "STATEMENT_TOO_LARGE";

type Change = readonly [name: string, body: RawField[]];

/** One statement of each type, with something in every field. */
const SPECIMENS: Readonly<Record<StatementType, Statement>> = {
  "signed-head": A.head(17, digestOf(1, 17)),
  "half-head": A.halfHead(17, digestOf(1, 17)),
  "provider-head": PROVIDER.providerHead(17, digestOf(1, 17)),
  observation: signedObservation(A),
  evidence: evidenceOf(A.head(17, digestOf(1, 17)), A.head(17, digestOf(2, 17))),
  "auditor-record": signedRecord(A, B),
  "key-rotation": signedRotation(A, C),
};

export function statementVectors(): BytesVector[] {
  const vectors: BytesVector[] = [];
  for (const [type, specimen] of Object.entries(SPECIMENS) as [StatementType, Statement][]) {
    vectors.push(valid(`${type}: every field set`, specimen));
    for (const [name, statement] of boundaryStatements(type)) vectors.push(valid(`${type}: ${name}`, statement));
    for (const [name, statement] of wronglySigned(type)) {
      vectors.push({ ...valid(`${type}: ${name}`, statement), signaturesValid: false });
    }
    vectors.push(...malformed(type, encodeStatement(specimen)));
    const body = fieldsOf(encodeStatement(specimen));
    for (const [name, changed] of [...commonChanges(type, body), ...ownChanges(type, body)]) {
      vectors.push(invalid(type, name, wrap(type, changed)));
    }
  }
  return vectors;
}

function evidenceOf(...statements: Statement[]): Evidence {
  return { type: "evidence", exhibits: statements.map(encodeStatement).sort(compareBytes) };
}

function valid(name: string, statement: Statement): BytesVector {
  const { type, ...fields } = statement;
  const hex = toHex(encodeStatement(statement));
  return { name, type, hex, valid: true, fields: toJson(fields), signaturesValid: true };
}

function invalid(type: StatementType, name: string, bytes: Uint8Array, error: string = NOT_CANONICAL): BytesVector {
  return { name: `${type}: ${name}`, type, hex: toHex(bytes), valid: false, error };
}

function wrap(type: StatementType, body: readonly RawField[]): Uint8Array {
  return rawMessage([{ field: STATEMENT_TYPES[type].field, value: rawMessage(body) }]);
}

/** The fields inside the oneof. */
function fieldsOf(statement: Uint8Array): RawField[] {
  const [outer] = readFields(statement, "statement");
  return [...readFields(outer?.bytes ?? new Uint8Array(), "body")].map(({ field, number, bytes }) => ({
    field,
    value: bytes ?? BigInt(number ?? 0),
  }));
}

/** What can be wrong around the body of any statement. */
function malformed(type: StatementType, bytes: Uint8Array): BytesVector[] {
  const { field, capBytes } = STATEMENT_TYPES[type];
  const [outer] = readFields(bytes, "statement");
  const body = outer?.bytes ?? new Uint8Array();
  const wrapped = { field, value: body };
  return [
    ...(type === "signed-head" ? [invalid(type, "nothing at all", new Uint8Array())] : []),
    invalid(type, "the last byte is missing", bytes.subarray(0, -1)),
    invalid(type, "the tag alone", bytes.subarray(0, 1)),
    invalid(type, "a zero byte behind it", concat(bytes, Uint8Array.of(0))),
    invalid(type, "twice", rawMessage([wrapped, wrapped])),
    invalid(type, "an unknown field behind it", rawMessage([wrapped, { field: 15, value: 1n }])),
    invalid(type, "an unknown field before it", rawMessage([{ field: 15, value: 1n }, wrapped])),
    invalid(
      type,
      "a length in more bytes than it needs",
      rawMessage([{ ...wrapped, as: longVarint(BigInt(body.length)) }]),
    ),
    invalid(type, "a length past the end", rawMessage([{ ...wrapped, as: rawVarint(BigInt(body.length + 1)) }])),
    invalid(type, "a length of 2^63", rawMessage([{ ...wrapped, as: rawVarint(2n ** 63n) }])),
    invalid(type, "a number instead of a message", rawMessage([{ field, value: 1n }])),
    invalid(type, "empty", rawMessage([{ field, value: new Uint8Array() }])),
    { ...invalid(type, "one byte over the cap", bytes, TOO_LARGE), padToBytes: capBytes + 1 },
    { ...invalid(type, "padded with zeros to the cap", bytes), padToBytes: capBytes },
  ];
}

/** What can be wrong with the fields of any statement. */
function commonChanges(type: StatementType, body: RawField[]): Change[] {
  const changes: Change[] = [
    ["an unknown field in the body", [...body, { field: 15, value: utf8("x") }]],
    ["field number 0", [...body, { field: 0, value: 1n }]],
    // A tag is 8 x field + wire type: eighths of a field are wire types.
    ["a field of wire type 1 (64 bits)", [...body, { field: 15 + 1 / 8, value: 0n, as: new Uint8Array(8) }]],
    ["a field of wire type 3 (a group)", [...body, { field: 15 + 3 / 8, value: 0n, as: Uint8Array.of(0x7c) }]],
    ["a field of wire type 5 (32 bits)", [...body, { field: 15 + 5 / 8, value: 0n, as: new Uint8Array(4) }]],
  ];
  if (type === "evidence") return changes;
  const [first, second, ...rest] = body as [RawField, RawField, ...RawField[]];
  changes.push(["its first two fields in the other order", [second, first, ...rest]]);
  for (const { field, value } of new Map(body.map((entry) => [entry.field, entry])).values()) {
    if (!isOptional(type, field)) changes.push([`without field ${field}`, replaceField(body, field)]);
    if (isRepeated(type, field)) continue;
    const twice = body.flatMap((entry) => (entry.field === field ? [entry, entry] : [entry]));
    changes.push([`field ${field} twice`, twice]);
    const other = typeof value === "bigint" ? utf8("1") : 1n;
    changes.push([`field ${field} of the other wire type`, replaceField(body, field, other)]);
    if (typeof value === "bigint") changes.push(...numberChanges(body, field, value));
    else changes.push([`field ${field} present and empty`, replaceField(body, field, new Uint8Array())]);
  }
  return changes;
}

function numberChanges(body: RawField[], field: number, value: bigint): Change[] {
  const written = (as: Uint8Array): RawField[] =>
    body.map((entry) => (entry.field === field ? { ...entry, as } : entry));
  return [
    [`field ${field} zero and written`, written(Uint8Array.of(0))],
    [`field ${field} in more bytes than it needs`, written(longVarint(value))],
    [`field ${field} past 2^53-1`, written(rawVarint(PAST_LIMIT))],
    [`field ${field} 2^64-1`, written(rawVarint(2n ** 64n - 1n))],
    [`field ${field} with 2^64 on top, which 64 bits forget`, written(rawVarint(value + 2n ** 64n))],
    [`field ${field} in eleven bytes`, written(concat(new Uint8Array(10).fill(0x80), Uint8Array.of(1)))],
  ];
}

/** Lists and times: their absence is an empty list or zero. */
const OPTIONAL: Readonly<Record<string, readonly number[]>> = {
  "signed-head": [5, 9],
  "half-head": [5],
  "provider-head": [4],
  observation: [5, 6, 7, 8, 9],
  "auditor-record": [2, 3, 4],
  "key-rotation": [3, 4],
};

const REPEATED: Readonly<Record<string, readonly number[]>> = {
  observation: [5, 6],
  "auditor-record": [3, 4],
  "key-rotation": [3],
};

function isOptional(type: StatementType, field: number): boolean {
  return OPTIONAL[type]?.includes(field) ?? false;
}

function isRepeated(type: StatementType, field: number): boolean {
  return REPEATED[type]?.includes(field) ?? false;
}

/** What can be wrong with the values of this type. */
function ownChanges(type: StatementType, body: RawField[]): Change[] {
  switch (type) {
    case "signed-head":
      return [
        ...names(body, 1, 2),
        ...sizes(body, { 4: 32, 7: 32, 8: 64, 9: 64 }),
        ["suite 3", replaceField(body, 6, 3n)],
      ];
    case "half-head":
      return [
        ...names(body, 1, 2),
        ...sizes(body, { 4: 32, 6: 32, 7: 64 }),
        ["a time whose milliseconds are past 2^53-1", replaceField(body, 5, 9_007_199_254_741n)],
      ];
    case "provider-head":
      return [...names(body, 1), ...sizes(body, { 3: 32, 6: 32, 7: 64 }), ["suite 3", replaceField(body, 5, 3n)]];
    case "observation":
      return [...names(body, 1, 2), ...sizes(body, { 6: 32, 10: 32, 11: 64 }), ...observationChanges(body)];
    case "evidence":
      return evidenceChanges(body);
    case "auditor-record":
      return [...sizes(body, { 5: 32, 6: 32, 7: 64, 8: 64 }), ...recordChanges(body)];
    case "key-rotation":
      return [...sizes(body, { 1: 32, 2: 32, 5: 64, 6: 64 }), ...rotationChanges(body)];
  }
}

function names(body: RawField[], namespace: number, origin?: number): Change[] {
  const changes: Change[] = [
    ["a namespace of 129 characters", replaceField(body, namespace, "n".repeat(129))],
    ["a namespace with a slash", replaceField(body, namespace, "a/b")],
    ["a namespace with a line end", replaceField(body, namespace, "a\n")],
    ["a namespace that is not ASCII", replaceField(body, namespace, "ä")],
    ["a namespace that is not UTF-8", replaceField(body, namespace, Uint8Array.of(0xff))],
  ];
  if (origin === undefined) return changes;
  return [
    ...changes,
    ["an origin of 129 characters", replaceField(body, origin, "o".repeat(129))],
    ["an origin with a space", replaceField(body, origin, "a b")],
    ["an origin with a plus sign", replaceField(body, origin, "a+b")],
    ["an origin with a line end", replaceField(body, origin, "a\nb")],
    ["an origin that is not ASCII", replaceField(body, origin, "ä")],
  ];
}

function sizes(body: RawField[], expected: Readonly<Record<number, number>>): Change[] {
  return Object.entries(expected).flatMap(([field, size]): Change[] =>
    [size - 1, size + 1].map((wrong) => [
      `field ${field} of ${wrong} bytes`,
      replaceField(body, Number(field), new Uint8Array(wrong).fill(1)),
    ]),
  );
}

function observationChanges(body: RawField[]): Change[] {
  const hash = (first: number): Uint8Array => new Uint8Array(32).fill(first);
  const nine = Array.from({ length: 9 }, (_, i) => i + 1);
  return [
    ["kind 5", replaceField(body, 4, 5n)],
    ["blob names in descending order", replaceField(body, 5, "b", "a")],
    ["a blob name twice", replaceField(body, 5, "a", "a")],
    ["an empty blob name", replaceField(body, 5, "", "a")],
    ["nine blob names", replaceField(body, 5, ...nine.map(String))],
    ["a blob name of 151 characters", replaceField(body, 5, "b".repeat(151))],
    ["a blob name with a control character", replaceField(body, 5, "a\u001b[31m")],
    ["body hashes in descending order", replaceField(body, 6, hash(2), hash(1))],
    ["a body hash twice", replaceField(body, 6, hash(1), hash(1))],
    ["nine body hashes", replaceField(body, 6, ...nine.map(hash))],
    ["a host of 257 characters", replaceField(body, 7, "h".repeat(257))],
    ["a host that is not ASCII", replaceField(body, 7, "ä.example")],
    ["a host with a line end", replaceField(body, 7, "a\nb")],
    ["an error code of 65 characters", replaceField(body, 8, "E".repeat(65))],
    ["an error code with a delete character", replaceField(body, 8, "\u007f")],
  ];
}

function evidenceChanges(body: RawField[]): Change[] {
  const [first, second] = body.map(({ value }) => value as Uint8Array) as [Uint8Array, Uint8Array];
  const exhibits = (...values: Uint8Array[]): RawField[] => values.map((value) => ({ field: 1, value }));
  const many = Array.from({ length: 129 }, (_, i) => encodeStatement(PROVIDER.providerHead(i + 1, digestOf(1, i + 1))));
  return [
    ["exhibits in descending order", exhibits(second, first)],
    ["an exhibit twice", exhibits(first, first)],
    ["an empty exhibit", exhibits(new Uint8Array(), first)],
    ["an exhibit that is no statement", exhibits(first, utf8("zzz"))],
    ["an exhibit with a byte behind it", exhibits(concat(first, Uint8Array.of(0)))],
    ["an exhibit over its own cap", exhibits(concat(first, new Uint8Array(1025 - first.length)))],
    ["evidence in evidence", exhibits(first, encodeStatement(SPECIMENS.evidence))],
    ["129 exhibits", exhibits(...many.sort(compareBytes))],
    ["an exhibit that is a number", [{ field: 1, value: 1n }]],
  ];
}

function recordChanges(body: RawField[]): Change[] {
  const root = (namespace: string, chosen = 1n): RawField[] => [
    { field: 1, value: utf8(namespace) },
    { field: 2, value: 5n },
    { field: 3, value: digestOf(0, 5) },
    { field: 4, value: chosen },
  ];
  const seventeen = Array.from({ length: 17 }, (_, i) => String(i + 10));
  return [
    ["a name of 129 characters", replaceField(body, 1, "n".repeat(129))],
    ["a name with a plus sign", replaceField(body, 1, "a+b")],
    ["a name with a space", replaceField(body, 1, "a b")],
    ["addresses in descending order", replaceField(body, 3, "/ip4/2", "/ip4/1")],
    ["an address twice", replaceField(body, 3, "/ip4/1", "/ip4/1")],
    ["an empty address", replaceField(body, 3, "", "/ip4/1")],
    ["seventeen addresses", replaceField(body, 3, ...seventeen)],
    ["an address of 257 characters", replaceField(body, 3, "a".repeat(257))],
    ["an address with a line end", replaceField(body, 3, "/ip4/1\n")],
    ["roots in descending order", replaceField(body, 4, root("b"), root("a"))],
    ["two roots of one namespace", replaceField(body, 4, root("a"), replaceField(root("a"), 2, 6n))],
    ["seventeen roots", replaceField(body, 4, ...seventeen.map((name) => root(name)))],
    ["a root chosen in no known way", replaceField(body, 4, root("a", 3n))],
    ["a root without choice", replaceField(body, 4, replaceField(root("a"), 4))],
    ["a root without namespace", replaceField(body, 4, replaceField(root("a"), 1))],
    ["a root with a digest of 31 bytes", replaceField(body, 4, replaceField(root("a"), 3, new Uint8Array(31)))],
    ["a root with an unknown field", replaceField(body, 4, [...root("a"), { field: 5, value: 1n }])],
    ["a root with epoch zero and written", replaceField(body, 4, replaceField(root("a"), 2, 0n))],
    ["a root past 2^53-1", replaceField(body, 4, replaceField(root("a"), 2, PAST_LIMIT))],
    ["an empty root", replaceField(body, 4, [])],
  ];
}

function rotationChanges(body: RawField[]): Change[] {
  const start = (namespace: string, epoch = 5n): RawField[] => [
    { field: 1, value: utf8(namespace) },
    { field: 2, value: epoch },
  ];
  const seventeen = Array.from({ length: 17 }, (_, i) => start(String(i + 10)));
  return [
    ["starts in descending order", replaceField(body, 3, start("b"), start("a"))],
    ["two starts of one namespace", replaceField(body, 3, start("a"), start("a", 6n))],
    ["seventeen starts", replaceField(body, 3, ...seventeen)],
    ["a start without epoch", replaceField(body, 3, replaceField(start("a"), 2))],
    ["a start without namespace", replaceField(body, 3, replaceField(start("a"), 1))],
    ["a start past 2^53-1", replaceField(body, 3, start("a", PAST_LIMIT))],
    ["a start with an unknown field", replaceField(body, 3, [...start("a"), { field: 3, value: 1n }])],
    ["an empty start", replaceField(body, 3, [])],
    ["a key to itself", replaceField(body, 2, ...body.filter(({ field }) => field === 1).map(({ value }) => value))],
  ];
}

/** A head as other vectors use it. */
export function exampleHead(): Uint8Array {
  return encodeStatement(signedHead(A, { epoch: 17, digest: digestOf(1, 17), timestampMs: T0 }));
}
