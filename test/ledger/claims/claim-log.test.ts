import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, utf8 } from "../../../src/core/bytes.ts";
import type { AppendFile, ClaimFiles } from "../../../src/ledger/claims/claim-files.ts";
import { diskFiles } from "../../../src/ledger/claims/claim-files.ts";
import {
  type ClaimRecord,
  decodeRecord,
  encodeRecord,
  measureRecord,
} from "../../../src/ledger/claims/claim-record.ts";
import { openValue, putRecord, salvageLevelFile } from "../../../src/ledger/claims/claims-level.ts";
import { ClaimsLog, type LogScan, makeHeader, salvageLog, scanLog } from "../../../src/ledger/claims/claims-log.ts";
import { crc32c, isWholeTable } from "../../../src/ledger/store/level-tables.ts";
import { claimFor } from "./claim-support.ts";

const header = makeHeader(new Uint8Array(16).fill(5), { made: "init", publicKey: new Uint8Array(32).fill(6) });

/** The bytes of a log with these payloads, as ClaimsLog writes them. */
async function logOf(payloads: readonly Uint8Array[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const file: AppendFile = {
    append: async (bytes) => void parts.push(bytes),
    sync: async () => {},
    close: async () => {},
  };
  const files: ClaimFiles = { ...diskFiles, open: async () => file, truncate: async () => {} };
  const log = await ClaimsLog.create("memory", header, files);
  for (const payload of payloads) await log.append(payload);
  return concat(...parts);
}

async function scan(bytes: Uint8Array, chunkBytes = 1 << 20): Promise<LogScan & { payloads: string[] }> {
  const payloads: string[] = [];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let offset = 0; offset < bytes.length; offset += chunkBytes) yield bytes.subarray(offset, offset + chunkBytes);
  }
  const result = await scanLog(chunks(), (payload) => void payloads.push(new TextDecoder().decode(payload)));
  return { ...result, payloads };
}

const texts = ["first", "second", "third", "fourth", "fifth"];
const payloads = texts.map(utf8);

describe("claims.log", () => {
  it("reads back what was appended, however the bytes arrive", async () => {
    const bytes = await logOf(payloads);
    for (const chunkBytes of [1, 3, 16, 54, 1000]) {
      const read = await scan(bytes, chunkBytes);
      expect(read).toMatchObject({ payloads: texts, goodBytes: bytes.length, tornBytes: 0, damage: undefined });
      expect(read.header).toEqual(header);
    }
  });

  it("appended in one go has the same bytes", async () => {
    const parts: Uint8Array[] = [];
    const file: AppendFile = { append: async (b) => void parts.push(b), sync: async () => {}, close: async () => {} };
    const log = await ClaimsLog.create("memory", header, {
      ...diskFiles,
      open: async () => file,
      truncate: async () => {},
    });
    await log.append(...payloads);
    expect(concat(...parts)).toEqual(await logOf(payloads));
  });

  it("cut anywhere shows the whole records before the cut, and what is torn", async () => {
    const bytes = await logOf(payloads);
    for (let length = 0; length < bytes.length; length++) {
      const read = await scan(bytes.subarray(0, length), 7);
      expect(texts.slice(0, read.payloads.length)).toEqual(read.payloads);
      if (length < header.length) expect(read).toMatchObject({ damage: { offset: 0 }, header: undefined });
      else expect(read).toMatchObject({ damage: undefined, tornBytes: length - read.goodBytes });
    }
  });

  it("shows every flipped bit as damage, or as one torn record when it is in the size of the last", async () => {
    const bytes = await logOf(payloads);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      const read = await scan(changed);
      expect(read.damage !== undefined || read.tornBytes > 0).toBe(true);
      expect(texts.slice(0, read.payloads.length)).toEqual(read.payloads);
    }
  });

  it("loses at most two records to one damaged byte when it is salvaged", async () => {
    const bytes = await logOf(payloads);
    expect([...salvageLog(bytes)].map((payload) => new TextDecoder().decode(payload))).toEqual(texts);
    for (let offset = header.length; offset < bytes.length; offset++) {
      const changed = bytes.slice();
      changed[offset] = (changed[offset] as number) ^ 0x55;
      const found = [...salvageLog(changed)].map((payload) => new TextDecoder().decode(payload));
      expect(found.length).toBeGreaterThanOrEqual(texts.length - 2);
      expect(texts.filter((text) => found.includes(text))).toEqual(found);
    }
  });
});

const name = fc.stringMatching(/^[a-z.]{1,20}$/);
const number = fc.maxSafeNat();
const record: fc.Arbitrary<ClaimRecord> = fc.oneof(
  fc.record({
    type: fc.constant("claim" as const),
    namespace: name,
    origin: name,
    epoch: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    digest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    timestampMs: number,
    suite: fc.constantFrom(1 as const, 2 as const),
    late: fc.boolean(),
    publicKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  }),
  fc.record({ type: fc.constant("watermark" as const), namespace: name, epoch: number }),
  fc.record({ type: fc.constant("halt" as const), namespace: name, reason: name, detail: fc.string(), atMs: number }),
  fc.record({ type: fc.constant("resume" as const), namespace: name, detail: fc.string(), atMs: number }),
  fc.record({ type: fc.constant("clock" as const), namespace: name, epoch: number, detail: fc.string(), atMs: number }),
);

describe("a claim record", () => {
  it("decodes to what was encoded, and its size can be told from its beginning", () => {
    fc.assert(
      fc.property(record, fc.uint8Array({ maxLength: 40 }), (original, after) => {
        const bytes = encodeRecord(original);
        expect(decodeRecord(bytes)).toEqual(original);
        expect(measureRecord(concat(bytes, after), 0)).toBe(bytes.length);
        expect(() => decodeRecord(bytes.subarray(0, -1))).toThrow();
        expect(() => decodeRecord(concat(bytes, Uint8Array.of(0)))).toThrow();
      }),
    );
  });

  it("has one form: bytes that decode are the bytes that encode", () => {
    fc.assert(
      fc.property(record, fc.nat(), fc.integer({ min: 1, max: 255 }), (original, at, change) => {
        const bytes = encodeRecord(original);
        bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ change;
        let decoded: ClaimRecord;
        try {
          decoded = decodeRecord(bytes);
        } catch {
          return;
        }
        expect(encodeRecord(decoded)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it("is recognised in LevelDB only with its checksum", () => {
    const payload = encodeRecord({ type: "claim", ...claimFor(3) });
    const operation = putRecord(Uint8Array.of(1), payload);
    const value = operation.type === "put" ? operation.value : new Uint8Array(0);
    expect(openValue(value)).toEqual(payload);
    for (let offset = 0; offset < value.length; offset++) {
      const changed = value.slice();
      changed[offset] = (changed[offset] as number) ^ 1;
      expect(openValue(changed)).toBeUndefined();
    }
    expect(openValue(new Uint8Array(0))).toBeUndefined();
    const noise = new Uint8Array(100).fill(1);
    expect(salvageLevelFile(concat(noise, value, value.subarray(1), noise, value))).toHaveLength(2);
  });

  it("is found when it goes over the end of a block of LevelDB's log", () => {
    const operation = putRecord(Uint8Array.of(1), encodeRecord({ type: "claim", ...claimFor(3) }));
    const value = operation.type === "put" ? operation.value : new Uint8Array(0);
    const before = new Uint8Array(32_768 - 50);
    const file = concat(before, value.subarray(0, 50), new Uint8Array(7).fill(9), value.subarray(50));
    expect(salvageLevelFile(file)).toEqual([{ type: "claim", ...claimFor(3) }]);
  });
});

describe("a table of LevelDB's", () => {
  it("is checked with CRC-32C", () => {
    expect(crc32c(utf8("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(isWholeTable(new Uint8Array(0))).toBe(false);
    expect(isWholeTable(new Uint8Array(100))).toBe(false);
  });
});
