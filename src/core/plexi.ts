/**
 * The message that Plexi auditors sign, in both of its ciphersuites, and the JSON answer that carries it.
 * Byte for byte what Cloudflare's plexi_core 0.1 makes (test/fixtures/plexi).
 */
import { concat, equalBytes, fromHex, fromUtf8, readU64be, toHex, u64le, utf8 } from "./bytes.ts";
import { CoauditError } from "./errors.ts";
import { checkNumber } from "./numbers.ts";
import { ProtoMessage, varint } from "./wire.ts";

/** 1: Ed25519 over protobuf. 2: Ed25519 over bincode (legacy). */
export type PlexiSuite = 1 | 2;

export interface PlexiMessage {
  readonly suite: PlexiSuite;
  readonly namespace: string;
  readonly timestampMs: number;
  readonly epoch: number;
  readonly digest: Uint8Array;
}

/** Throws NUMBER_OUT_OF_RANGE for an epoch or a time past 2^53-1. */
export function encodePlexiMessage(message: PlexiMessage): Uint8Array {
  checkNumber(message.epoch, "epoch");
  checkNumber(message.timestampMs, "timestamp");
  return message.suite === 1 ? encodeProtobuf(message) : encodeBincode(message);
}

/** Strict: anything that does not encode to the same bytes is refused. Throws ENCODING_INVALID, NUMBER_OUT_OF_RANGE. */
export function decodePlexiMessage(bytes: Uint8Array): PlexiMessage {
  const message = bytes[0] === 2 ? decodeBincode(bytes) : decodeProtobuf(bytes);
  if (!equalBytes(encodePlexiMessage(message), bytes)) throw notPlexi("not the canonical encoding");
  return message;
}

/** Plexi's SignatureResponse. `key_id` is the last byte of the public key. */
export interface PlexiSignatureResponse {
  readonly version: number;
  readonly ciphersuite: number;
  readonly namespace: string;
  readonly timestamp: number;
  readonly epoch: number;
  readonly digest: string;
  readonly signature: string;
  readonly key_id: number;
  readonly serialized_message: string;
}

export function plexiSignatureResponse(
  message: PlexiMessage,
  publicKey: Uint8Array,
  signature: Uint8Array,
): PlexiSignatureResponse {
  return {
    version: message.suite,
    ciphersuite: message.suite,
    namespace: message.namespace,
    timestamp: message.timestampMs,
    epoch: message.epoch,
    digest: toHex(message.digest),
    signature: toHex(signature),
    key_id: publicKey[publicKey.length - 1] ?? 0,
    serialized_message: toHex(encodePlexiMessage(message)),
  };
}

/** Checks that the fields and the serialized message agree. Throws ENCODING_INVALID, NUMBER_OUT_OF_RANGE. */
export function parsePlexiSignatureResponse(response: PlexiSignatureResponse): {
  message: PlexiMessage;
  signature: Uint8Array;
} {
  checkNumber(response.epoch, "epoch");
  checkNumber(response.timestamp, "timestamp");
  const message = decodePlexiMessage(fromHex(response.serialized_message, "serialized_message"));
  const agrees =
    message.suite === response.ciphersuite &&
    message.namespace === response.namespace &&
    message.timestampMs === response.timestamp &&
    message.epoch === response.epoch &&
    toHex(message.digest) === response.digest;
  if (!agrees) throw notPlexi("the fields of the answer differ from its serialized_message");
  return { message, signature: fromHex(response.signature, "signature") };
}

function encodeProtobuf({ namespace, timestampMs, epoch, digest }: PlexiMessage): Uint8Array {
  // Plexi writes zeros explicitly, unlike proto3.
  const name = utf8(namespace);
  const inner = concat(Uint8Array.of(0x08), varint(epoch));
  return concat(
    Uint8Array.of(0x08, 0x01, 0x12),
    varint(name.length),
    name,
    Uint8Array.of(0x18),
    varint(timestampMs),
    Uint8Array.of(0x22),
    varint(inner.length),
    inner,
    Uint8Array.of(0x2a, 0x20),
    digest,
  );
}

function decodeProtobuf(bytes: Uint8Array): PlexiMessage {
  const message = new ProtoMessage(bytes, "Plexi message", [1, 2, 3, 4, 5]);
  const inner = new ProtoMessage(message.bytes(4), "Plexi epoch", [1]);
  if (message.uint(1) !== 1) throw notPlexi(`ciphersuite ${message.uint(1)} is unknown`);
  return {
    suite: 1,
    namespace: message.string(2),
    timestampMs: message.uint(3),
    epoch: inner.uint(1),
    digest: message.fixed(5, 32),
  };
}

function encodeBincode({ namespace, timestampMs, epoch, digest }: PlexiMessage): Uint8Array {
  const name = utf8(namespace);
  return concat(
    Uint8Array.of(2, 0, 0, 0),
    u64le(name.length),
    name,
    u64le(timestampMs),
    u64le(epoch),
    u64le(digest.length),
    digest,
  );
}

function decodeBincode(bytes: Uint8Array): PlexiMessage {
  const number = (offset: number, field: string): number => {
    if (offset + 8 > bytes.length) throw notPlexi("cut off");
    return readU64be(bytes.slice(offset, offset + 8).reverse(), 0, field);
  };
  const nameLength = number(4, "namespace length");
  const end = 12 + nameLength;
  if (bytes.length !== end + 24 + 32) throw notPlexi("wrong size");
  return {
    suite: 2,
    namespace: fromUtf8(bytes.subarray(12, end), "namespace"),
    timestampMs: number(end, "timestamp"),
    epoch: number(end + 8, "epoch"),
    digest: bytes.slice(end + 24),
  };
}

function notPlexi(reason: string): CoauditError<"ENCODING_INVALID"> {
  return new CoauditError("ENCODING_INVALID", `Plexi message: ${reason}`, { what: "Plexi message" });
}
