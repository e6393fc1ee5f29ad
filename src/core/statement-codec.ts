/**
 * The bytes of statements: protobuf, canonical (docs/protocol.md has the schema, docs/coaudit.proto the same for other
 * tools). Caps are checked before decoding; anything that does not encode to the same bytes again is refused.
 */
import { compareBytes, compareText, equalBytes } from "./bytes.ts";
import { CoauditError, isCoauditError } from "./errors.ts";
import { checkAuditorName, checkNamespace, checkOrigin } from "./names.ts";
import { checkNumber } from "./numbers.ts";
import type { ObservationKind, RecordedRoot, RotationStart, Statement } from "./statement.ts";
import { ProtoMessage, ProtoWriter } from "./wire.ts";

export type StatementType = Statement["type"];

/** Field number of each type in the oneof, and its cap in bytes for the whole statement. */
export const STATEMENT_TYPES: Readonly<Record<StatementType, { field: number; capBytes: number }>> = {
  "signed-head": { field: 1, capBytes: 1024 },
  "half-head": { field: 2, capBytes: 1024 },
  "provider-head": { field: 3, capBytes: 1024 },
  observation: { field: 4, capBytes: 4096 },
  evidence: { field: 5, capBytes: 65_536 },
  "auditor-record": { field: 6, capBytes: 4096 },
  "key-rotation": { field: 7, capBytes: 4096 },
};

const OBSERVATION_KINDS: readonly ObservationKind[] = [
  "invalid-proof",
  "conflicting-listing",
  "chain-mismatch",
  "withheld",
];
const ROOT_CHOICES: readonly RecordedRoot["chosen"][] = ["pinned", "first-sight"];

/** Epochs are signed from 1 on: epoch 0 is the empty directory. */
const FIRST_SIGNED_EPOCH = 1;
const MAX_NAMED_BLOBS = 8;
const MAX_MULTIADDRS = 16;
const MAX_NAMESPACES = 16;
/** 64 KiB hold about 200 heads; a roster has tens of auditors. */
export const MAX_EXHIBITS = 128;

export function encodeStatement(statement: Statement): Uint8Array {
  return new ProtoWriter().element(STATEMENT_TYPES[statement.type].field, encodeStatementBody(statement)).finish();
}

/** The message inside the oneof; empty signatures are left out, which is how the signed bytes are made. */
export function encodeStatementBody(statement: Statement): Uint8Array {
  const w = new ProtoWriter();
  switch (statement.type) {
    case "signed-head":
      return w
        .string(1, statement.namespace)
        .string(2, statement.origin)
        .uint(3, statement.epoch)
        .bytes(4, statement.digest)
        .uint(5, statement.timestampMs)
        .uint(6, statement.suite)
        .bytes(7, statement.publicKey)
        .bytes(8, statement.plexiSignature)
        .bytes(9, statement.cosignature)
        .finish();
    case "half-head":
      return w
        .string(1, statement.namespace)
        .string(2, statement.origin)
        .uint(3, statement.epoch)
        .bytes(4, statement.digest)
        .uint(5, statement.timeSeconds)
        .bytes(6, statement.publicKey)
        .bytes(7, statement.cosignature)
        .finish();
    case "provider-head":
      return w
        .string(1, statement.namespace)
        .uint(2, statement.epoch)
        .bytes(3, statement.digest)
        .uint(4, statement.timestampMs)
        .uint(5, statement.suite)
        .bytes(6, statement.publicKey)
        .bytes(7, statement.signature)
        .finish();
    case "observation":
      w.string(1, statement.namespace).string(2, statement.origin).uint(3, statement.epoch);
      w.uint(4, OBSERVATION_KINDS.indexOf(statement.kind) + 1);
      for (const name of statement.blobNames) w.string(5, name);
      for (const hash of statement.bodyHashes) w.bytes(6, hash);
      return w
        .string(7, statement.host)
        .string(8, statement.errorCode)
        .uint(9, statement.timestampMs)
        .bytes(10, statement.publicKey)
        .bytes(11, statement.signature)
        .finish();
    case "evidence":
      for (const exhibit of statement.exhibits) w.element(1, exhibit);
      return w.finish();
    case "auditor-record":
      w.string(1, statement.name).uint(2, statement.sequence);
      for (const address of statement.multiaddrs) w.string(3, address);
      for (const root of statement.roots) w.element(4, encodeRoot(root));
      return w
        .bytes(5, statement.publicKey)
        .bytes(6, statement.peerPublicKey)
        .bytes(7, statement.signature)
        .bytes(8, statement.peerSignature)
        .finish();
    case "key-rotation":
      w.bytes(1, statement.oldPublicKey).bytes(2, statement.newPublicKey);
      for (const { namespace, epoch } of statement.starts) {
        w.element(3, new ProtoWriter().string(1, namespace).uint(2, epoch).finish());
      }
      return w
        .uint(4, statement.timestampMs)
        .bytes(5, statement.oldSignature)
        .bytes(6, statement.newSignature)
        .finish();
  }
}

/**
 * Throws STATEMENT_TOO_LARGE over the type's cap, STATEMENT_NOT_CANONICAL for everything else that is not exactly one
 * well-formed statement: unknown fields, wrong sizes, names and numbers out of range, other orders.
 */
export function decodeStatement(bytes: Uint8Array): Statement {
  const type = typeOf(bytes);
  const { field, capBytes } = STATEMENT_TYPES[type];
  if (bytes.length > capBytes) {
    throw new CoauditError("STATEMENT_TOO_LARGE", `a ${type} has ${bytes.length} bytes, the cap is ${capBytes}`, {
      type,
      sizeBytes: bytes.length,
      capBytes,
    });
  }
  try {
    const statement = decodeBody(type, new ProtoMessage(bytes, type, [field]).bytes(field));
    if (!equalBytes(encodeStatement(statement), bytes)) throw notCanonical(type, "its encoding is not canonical");
    return Object.freeze(statement);
  } catch (cause) {
    if (!isCoauditError(cause) || isCoauditError(cause, "STATEMENT_NOT_CANONICAL")) throw cause;
    throw notCanonical(type, cause.message, cause);
  }
}

function typeOf(bytes: Uint8Array): StatementType {
  const tag = bytes[0] ?? 0;
  for (const [type, { field }] of Object.entries(STATEMENT_TYPES)) {
    if (tag === field * 8 + 2) return type as StatementType;
  }
  throw notCanonical("statement", bytes.length === 0 ? "it is empty" : `the first byte is ${tag}`);
}

function decodeBody(type: StatementType, body: Uint8Array): Statement {
  switch (type) {
    case "signed-head": {
      const m = new ProtoMessage(body, type, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
      return {
        type,
        namespace: checkNamespace(m.string(1)),
        origin: checkOrigin(m.string(2)),
        epoch: checkNumber(m.uint(3), "epoch", FIRST_SIGNED_EPOCH),
        digest: m.fixed(4, 32),
        timestampMs: m.uint(5),
        suite: suiteOf(m.uint(6)),
        publicKey: m.fixed(7, 32),
        plexiSignature: m.fixed(8, 64),
        ...(m.has(9) ? { cosignature: m.fixed(9, 64) } : {}),
      };
    }
    case "half-head": {
      const m = new ProtoMessage(body, type, [1, 2, 3, 4, 5, 6, 7]);
      return {
        type,
        namespace: checkNamespace(m.string(1)),
        origin: checkOrigin(m.string(2)),
        epoch: checkNumber(m.uint(3), "epoch", FIRST_SIGNED_EPOCH),
        digest: m.fixed(4, 32),
        timeSeconds: checkNumber(m.uint(5), "time", 0, Math.floor(Number.MAX_SAFE_INTEGER / 1000)),
        publicKey: m.fixed(6, 32),
        cosignature: m.fixed(7, 64),
      };
    }
    case "provider-head": {
      const m = new ProtoMessage(body, type, [1, 2, 3, 4, 5, 6, 7]);
      return {
        type,
        namespace: checkNamespace(m.string(1)),
        epoch: checkNumber(m.uint(2), "epoch", FIRST_SIGNED_EPOCH),
        digest: m.fixed(3, 32),
        timestampMs: m.uint(4),
        suite: suiteOf(m.uint(5)),
        publicKey: m.fixed(6, 32),
        signature: m.fixed(7, 64),
      };
    }
    case "observation": {
      const m = new ProtoMessage(body, type, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      const kind = OBSERVATION_KINDS[m.uint(4) - 1];
      if (kind === undefined) throw notCanonical(type, `kind ${m.uint(4)} is unknown`);
      const blobNames = m.list(5).map((name) => asciiText(name, type, 150));
      checkAscending(blobNames, compareText, type, MAX_NAMED_BLOBS);
      const bodyHashes = m.list(6);
      checkAscending(bodyHashes, compareBytes, type, MAX_NAMED_BLOBS);
      if (bodyHashes.some((hash) => hash.length !== 32)) throw notCanonical(type, "a body hash does not have 32 bytes");
      return {
        type,
        namespace: checkNamespace(m.string(1)),
        origin: checkOrigin(m.string(2)),
        epoch: checkNumber(m.uint(3), "epoch", FIRST_SIGNED_EPOCH),
        kind,
        blobNames,
        bodyHashes,
        host: asciiText(m.bytes(7), type, 256),
        errorCode: asciiText(m.bytes(8), type, 64),
        timestampMs: m.uint(9),
        publicKey: m.fixed(10, 32),
        signature: m.fixed(11, 64),
      };
    }
    case "evidence": {
      const exhibits = new ProtoMessage(body, type, [1]).list(1);
      if (exhibits.length === 0) throw notCanonical(type, "it holds no exhibit");
      checkAscending(exhibits, compareBytes, type, MAX_EXHIBITS);
      for (const exhibit of exhibits) {
        if (typeOf(exhibit) === "evidence") throw notCanonical(type, "evidence inside evidence");
        decodeStatement(exhibit);
      }
      return { type, exhibits };
    }
    case "auditor-record": {
      const m = new ProtoMessage(body, type, [1, 2, 3, 4, 5, 6, 7, 8]);
      const multiaddrs = m.list(3).map((address) => asciiText(address, type, 256));
      checkAscending(multiaddrs, compareText, type, MAX_MULTIADDRS);
      const roots = m.list(4).map(decodeRoot);
      checkAscending(roots, (a, b) => compareText(a.namespace, b.namespace), type, MAX_NAMESPACES);
      return {
        type,
        name: checkAuditorName(m.string(1)),
        sequence: m.uint(2),
        multiaddrs,
        roots,
        publicKey: m.fixed(5, 32),
        peerPublicKey: m.fixed(6, 32),
        signature: m.fixed(7, 64),
        peerSignature: m.fixed(8, 64),
      };
    }
    case "key-rotation": {
      const m = new ProtoMessage(body, type, [1, 2, 3, 4, 5, 6]);
      const starts = m.list(3).map(decodeStart);
      checkAscending(starts, (a, b) => compareText(a.namespace, b.namespace), type, MAX_NAMESPACES);
      const [oldPublicKey, newPublicKey] = [m.fixed(1, 32), m.fixed(2, 32)];
      if (equalBytes(oldPublicKey, newPublicKey)) throw notCanonical(type, "it rotates a key to itself");
      return {
        type,
        oldPublicKey,
        newPublicKey,
        starts,
        timestampMs: m.uint(4),
        oldSignature: m.fixed(5, 64),
        newSignature: m.fixed(6, 64),
      };
    }
  }
}

function encodeRoot({ namespace, epoch, digest, chosen }: RecordedRoot): Uint8Array {
  const choice = ROOT_CHOICES.indexOf(chosen) + 1;
  return new ProtoWriter().string(1, namespace).uint(2, epoch).bytes(3, digest).uint(4, choice).finish();
}

function decodeRoot(bytes: Uint8Array): RecordedRoot {
  const m = new ProtoMessage(bytes, "root", [1, 2, 3, 4]);
  const chosen = ROOT_CHOICES[m.uint(4) - 1];
  if (chosen === undefined) throw notCanonical("auditor-record", `root choice ${m.uint(4)} is unknown`);
  return { namespace: checkNamespace(m.string(1)), epoch: m.uint(2), digest: m.fixed(3, 32), chosen };
}

function decodeStart(bytes: Uint8Array): RotationStart {
  const m = new ProtoMessage(bytes, "rotation start", [1, 2]);
  return { namespace: checkNamespace(m.string(1)), epoch: checkNumber(m.uint(2), "epoch", FIRST_SIGNED_EPOCH) };
}

function suiteOf(value: number): 1 | 2 {
  if (value === 1 || value === 2) return value;
  throw notCanonical("head", `ciphersuite ${value} is unknown`);
}

/** Printable ASCII, so that a stranger's text can be shown on a terminal and in a log. */
function asciiText(bytes: Uint8Array, type: StatementType, maxLength: number): string {
  if (bytes.length > maxLength) throw notCanonical(type, `a text is longer than ${maxLength} characters`);
  let text = "";
  for (const byte of bytes) {
    if (byte < 0x20 || byte > 0x7e) throw notCanonical(type, "a text has characters other than printable ASCII");
    text += String.fromCharCode(byte);
  }
  return text;
}

function checkAscending<T>(items: readonly T[], compare: (a: T, b: T) => number, type: string, maxItems: number): void {
  if (items.length > maxItems) throw notCanonical(type, `more than ${maxItems} entries in a list`);
  for (let i = 1; i < items.length; i++) {
    if (compare(items[i - 1] as T, items[i] as T) >= 0)
      throw notCanonical(type, "a list is not sorted or has duplicates");
  }
}

function notCanonical(type: string, reason: string, cause?: unknown): CoauditError<"STATEMENT_NOT_CANONICAL"> {
  return new CoauditError("STATEMENT_NOT_CANONICAL", `${type}: ${reason}`, { type }, { cause });
}
