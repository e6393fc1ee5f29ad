/**
 * What a claim book writes, as bytes. The same bytes are in claims.log and in LevelDB, so that the two can be compared.
 *
 *     record    = kind u8, namespace, then
 *     1 claim     origin, epoch u64, timestampMs u64, suite u8, late u8, digest 32, public key 32
 *     2 watermark epoch u64
 *     3 halt      atMs u64, reason, detail
 *     4 resume    atMs u64, detail
 *     5 mark      epoch u64, atMs u64, by u8 (1 the signing guard, 2 a person), detail
 *     6 clock     epoch u64, atMs u64, detail
 *
 * Numbers are big-endian, texts carry their size as u16.
 *
 */
import { concat, fromUtf8, readU64be, u16be, u64be, utf8 } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { DIGEST_SIZE_BYTES } from "../../core/hash.ts";
import { checkNamespace, checkOrigin } from "../../core/names.ts";
import { checkNumber } from "../../core/numbers.ts";
import type { PlexiSuite } from "../../core/plexi.ts";
import { claimEventKey, claimKey } from "../store/keyspace.ts";

/** A promise to sign this digest and no other for this epoch, with everything that goes into the signed bytes. */
export interface Claim {
  readonly namespace: string;
  readonly origin: string;
  /** From 1: the empty directory is never signed. */
  readonly epoch: number;
  readonly digest: Uint8Array;
  readonly timestampMs: number;
  readonly suite: PlexiSuite;
  /** Signed while far behind the newest epoch: only the Plexi signature. */
  readonly late: boolean;
  readonly publicKey: Uint8Array;
}

/** Why a namespace signs nothing until somebody resumes it. */
export interface Halt {
  readonly reason: string;
  readonly detail: string;
  readonly atMs: number;
}

/** Nothing unclaimed at or below `epoch` is ever claimed, whatever an earlier life signed there. */
export interface Mark {
  readonly epoch: number;
  readonly by: "guard" | "person";
  /** What it was made of, or who checked what. */
  readonly detail: string;
  readonly atMs: number;
}

/** A person's word that this machine's clock, which shows `atMs`, is right, whatever earlier claims say. */
export interface ClockWord {
  readonly atMs: number;
  /** Who checked what. */
  readonly detail: string;
}

export type ClaimRecord =
  | ({ readonly type: "claim" } & Claim)
  | { readonly type: "watermark"; readonly namespace: string; readonly epoch: number }
  | ({ readonly type: "halt"; readonly namespace: string } & Halt)
  | { readonly type: "resume"; readonly namespace: string; readonly detail: string; readonly atMs: number }
  | ({ readonly type: "mark"; readonly namespace: string } & Mark)
  /** `epoch`: the newest claim by then, 0 if there is none. */
  | ({ readonly type: "clock"; readonly namespace: string; readonly epoch: number } & ClockWord);

/** Far above the largest record (a halt: 1 + 130 + 8 + 66 + 514 bytes); a larger size means damage, not truncation. */
export const RECORD_CAP_BYTES = 1024;

const PUBLIC_KEY_SIZE_BYTES = 32;
const NAME_CAP_BYTES = 128;
const REASON_CAP_BYTES = 64;
const DETAIL_CAP_BYTES = 512;
/** By kind: numbers, digests and keys behind its names. */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  1: 8 + 8 + 2 + DIGEST_SIZE_BYTES + PUBLIC_KEY_SIZE_BYTES,
  2: 8,
  3: 8,
  4: 8,
  5: 8 + 8 + 1,
  6: 8 + 8,
};
const KINDS = { claim: 1, watermark: 2, halt: 3, resume: 4, mark: 5, clock: 6 } as const;

/** Throws NAME_INVALID, NUMBER_OUT_OF_RANGE or ENCODING_INVALID for a field that breaks its rule. */
export function checkClaim(claim: Claim): void {
  checkNamespace(claim.namespace);
  checkOrigin(claim.origin);
  checkNumber(claim.epoch, "epoch", 1);
  checkNumber(claim.timestampMs, "timestampMs");
  checkNumber(claim.suite, "suite", 1, 2);
  checkSize(claim.digest, DIGEST_SIZE_BYTES, "digest");
  checkSize(claim.publicKey, PUBLIC_KEY_SIZE_BYTES, "public key");
}

/** A reason or detail that is too long is truncated: a halt must not fail because of a long text. */
export function encodeRecord(record: ClaimRecord): Uint8Array {
  const head = [Uint8Array.of(KINDS[record.type]), text(checkNamespace(record.namespace))];
  switch (record.type) {
    case "claim":
      checkClaim(record);
      return concat(
        ...head,
        text(record.origin),
        u64be(record.epoch),
        u64be(record.timestampMs),
        Uint8Array.of(record.suite, record.late ? 1 : 0),
        record.digest,
        record.publicKey,
      );
    case "watermark":
      return concat(...head, u64be(checkNumber(record.epoch, "epoch")));
    case "halt":
      return concat(
        ...head,
        u64be(checkNumber(record.atMs, "atMs")),
        text(record.reason, REASON_CAP_BYTES),
        text(record.detail, DETAIL_CAP_BYTES),
      );
    case "resume":
      return concat(...head, u64be(checkNumber(record.atMs, "atMs")), text(record.detail, DETAIL_CAP_BYTES));
    case "mark":
      return concat(
        ...head,
        u64be(checkNumber(record.epoch, "epoch")),
        u64be(checkNumber(record.atMs, "atMs")),
        Uint8Array.of(record.by === "guard" ? 1 : 2),
        text(record.detail, DETAIL_CAP_BYTES),
      );
    case "clock":
      return concat(
        ...head,
        u64be(checkNumber(record.epoch, "epoch")),
        u64be(checkNumber(record.atMs, "atMs")),
        text(record.detail, DETAIL_CAP_BYTES),
      );
  }
}

/**
 * Accepts exactly what encodeRecord produces; throws ENCODING_INVALID, NAME_INVALID or NUMBER_OUT_OF_RANGE for anything
 * else.
 */
export function decodeRecord(bytes: Uint8Array): ClaimRecord {
  const reader = new RecordReader(bytes);
  const kind = reader.take(1)[0];
  const namespace = reader.text();
  checkNamespace(namespace);
  const record = decodeRest(kind, namespace, reader);
  if (reader.offset !== bytes.length) throw invalid("bytes after its end", reader.offset);
  return record;
}

/**
 * The length of a record that begins at `offset`, judged only by its sizes; undefined if none can. For finding records
 * in damaged files.
 */
export function measureRecord(bytes: Uint8Array, offset: number): number | undefined {
  const kind = bytes[offset];
  if (kind === undefined || kind < KINDS.claim || kind > KINDS.clock) return undefined;
  const reader = new RecordReader(bytes.subarray(offset, offset + RECORD_CAP_BYTES));
  try {
    reader.take(1);
    if (reader.skipText() === 0) return undefined;
    if (kind === KINDS.claim) reader.skipText();
    reader.take(FIXED_BYTES[kind] ?? 0);
    if (kind === KINDS.halt) reader.skipText();
    if (kind >= KINDS.halt) reader.skipText();
    return reader.offset;
  } catch {
    return undefined;
  }
}

/** Where LevelDB holds the record. `index`: how many events of the namespace came before. */
export function recordKey(record: ClaimRecord, index: number): Uint8Array {
  return record.type === "claim" ? claimKey(record.namespace, record.epoch) : claimEventKey(record.namespace, index);
}

function decodeRest(kind: number | undefined, namespace: string, reader: RecordReader): ClaimRecord {
  switch (kind) {
    case KINDS.claim: {
      const origin = checkOrigin(reader.text());
      const epoch = checkNumber(reader.number("epoch"), "epoch", 1);
      const timestampMs = reader.number("timestampMs");
      const [suite = 0, late] = reader.take(2);
      if ((suite !== 1 && suite !== 2) || (late !== 0 && late !== 1))
        throw invalid("suite or late flag", reader.offset);
      const digest = reader.take(DIGEST_SIZE_BYTES).slice();
      const publicKey = reader.take(PUBLIC_KEY_SIZE_BYTES).slice();
      return { type: "claim", namespace, origin, epoch, digest, timestampMs, suite, late: late === 1, publicKey };
    }
    case KINDS.watermark:
      return { type: "watermark", namespace, epoch: reader.number("epoch") };
    case KINDS.halt: {
      const atMs = reader.number("atMs");
      return {
        type: "halt",
        namespace,
        reason: reader.text(REASON_CAP_BYTES),
        detail: reader.text(DETAIL_CAP_BYTES),
        atMs,
      };
    }
    case KINDS.resume: {
      const atMs = reader.number("atMs");
      return { type: "resume", namespace, detail: reader.text(DETAIL_CAP_BYTES), atMs };
    }
    case KINDS.mark: {
      const epoch = reader.number("epoch");
      const atMs = reader.number("atMs");
      const [by] = reader.take(1);
      if (by !== 1 && by !== 2) throw invalid("who made the mark", reader.offset);
      const detail = reader.text(DETAIL_CAP_BYTES);
      return { type: "mark", namespace, epoch, by: by === 1 ? "guard" : "person", detail, atMs };
    }
    case KINDS.clock: {
      const epoch = reader.number("epoch");
      const atMs = reader.number("atMs");
      return { type: "clock", namespace, epoch, atMs, detail: reader.text(DETAIL_CAP_BYTES) };
    }
    default:
      throw invalid(`unknown kind ${kind}`, 0);
  }
}

class RecordReader {
  readonly #bytes: Uint8Array;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(sizeBytes: number): Uint8Array {
    if (this.offset + sizeBytes > this.#bytes.length) throw invalid("cut short", this.offset);
    this.offset += sizeBytes;
    return this.#bytes.subarray(this.offset - sizeBytes, this.offset);
  }

  number(field: string): number {
    return readU64be(this.take(8), 0, field);
  }

  text(capBytes = NAME_CAP_BYTES): string {
    const sizeBytes = this.#size();
    if (sizeBytes > capBytes) throw invalid("text too long", this.offset);
    return fromUtf8(this.take(sizeBytes), "text of a claim record");
  }

  skipText(): number {
    const sizeBytes = this.#size();
    this.take(sizeBytes);
    return sizeBytes;
  }

  #size(): number {
    const [high = 0, low = 0] = this.take(2);
    return high * 256 + low;
  }
}

function text(value: string, capBytes = NAME_CAP_BYTES): Uint8Array {
  let bytes = utf8(value);
  if (bytes.length > capBytes) {
    let end = capBytes;
    // Not in the middle of a character: 10xxxxxx continues one.
    while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
    bytes = bytes.subarray(0, end);
  }
  return concat(u16be(bytes.length), bytes);
}

function checkSize(bytes: Uint8Array, sizeBytes: number, what: string): void {
  if (bytes.length === sizeBytes) return;
  throw new CoauditError("ENCODING_INVALID", `${what}: expected ${sizeBytes} bytes, found ${bytes.length}`, { what });
}

function invalid(reason: string, offset: number): CoauditError<"ENCODING_INVALID"> {
  const what = "claim record";
  return new CoauditError("ENCODING_INVALID", `${what}: ${reason}`, { what, offset });
}
