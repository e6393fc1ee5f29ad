/** test/vectors, the part that gossip and head sync are held to. */
import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { concat, fromHex, toHex } from "../../src/core/bytes.ts";
import { isCoauditError } from "../../src/core/errors.ts";
import { sha256 } from "../../src/core/hash.ts";
import { messageId, messageIdText } from "../../src/gossip/message-id.ts";
import {
  decodeSyncRequest,
  decodeSyncResponse,
  encodeSyncRequest,
  encodeSyncResponse,
} from "../../src/gossip/sync/sync-codec.ts";
import { HeadSummaries, type SlotState } from "../../src/ledger/summaries.ts";
import { type BytesVector, toJson } from "../support/vectors/format.ts";

function read<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8")) as T[];
}

describe("message id vectors", () => {
  it.each(read<{ name: string; topic: string; hex: string; id: string }>("message-ids.json"))(
    "$name",
    ({ topic, hex, id }) => {
      expect(toHex(messageId(topic, fromHex(hex)))).toBe(id);
      expect(messageIdText(topic, fromHex(hex))).toBe(id);
      const name = new TextEncoder().encode(topic);
      expect(toHex(sha256(Uint8Array.of(0, name.length), name, fromHex(hex))).slice(0, 40)).toBe(id);
    },
  );

  it("are all different", () => {
    const ids = read<{ id: string }>("message-ids.json").map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("head sync frame vectors", () => {
  const vectors = read<BytesVector>("sync-frames.json");

  function again(vector: BytesVector): { fields: unknown; hex: string } {
    const start = fromHex(vector.hex);
    const bytes = concat(start, new Uint8Array(Math.max(0, (vector.padToBytes ?? 0) - start.length)));
    if (vector.type === "request") {
      const frame = decodeSyncRequest(bytes);
      return { fields: toJson(frame), hex: toHex(encodeSyncRequest(frame)) };
    }
    const frame = decodeSyncResponse(bytes);
    return { fields: toJson(frame), hex: toHex(encodeSyncResponse(frame)) };
  }

  it("have names of their own", () => {
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
  });

  it.each(vectors.filter(({ valid }) => valid))("$name", (vector) => {
    expect(again(vector)).toEqual({ fields: vector.fields, hex: vector.hex });
  });

  it("are messages of docs/coaudit.proto to a general protobuf library", () => {
    const { root } = protobuf.parse(readFileSync(new URL("../../docs/coaudit.proto", import.meta.url), "utf8"));
    for (const { name, type, hex } of vectors.filter(({ valid }) => valid)) {
      const message = root.lookupType(type === "request" ? "coaudit.v1.SyncRequest" : "coaudit.v1.SyncResponse");
      const decoded = message.decode(fromHex(hex));
      expect([name, Object.keys(message.toObject(decoded))]).toEqual([name, [name.split(" ")[0]]]);
      expect([name, toHex(message.encode(decoded).finish())]).toEqual([name, hex]);
    }
  });

  it.each(vectors.filter(({ valid }) => !valid))("$name: refused", (vector) => {
    const code = (() => {
      try {
        again(vector);
        return "none";
      } catch (error) {
        if (isCoauditError(error)) return error.code;
        throw error;
      }
    })();
    expect(code).toBe(vector.error);
  });
});

describe("head sync hash vectors", () => {
  const vectors = read<{ name: string; kind: string; input: unknown; hex: string; hash: string }>("sync-hashes.json");

  it.each(vectors)("$name", ({ hex, hash }) => {
    expect(toHex(sha256(fromHex(hex)).slice(0, hash.length / 2))).toBe(hash);
  });

  it("are those of the summaries that nodes keep", async () => {
    const slots: [number, SlotState][] = [
      [17, { digest: fromHex(inputOf("leaf of completeness 3").state.digest), completeness: 3 }],
      [18, "equivocated"],
    ];
    const series = { auditor: "a.example", namespace: "test.key-transparency.v1" };
    const summaries = new HeadSummaries({ readSlots: async () => slots });
    for (const [epoch, state] of slots) summaries.set(series.auditor, series.namespace, epoch, state);
    expect(toHex(await summaries.bucketHash(series, 0))).toBe(hashOf("bucket of two leaves"));
    for (const item of vectors.find(({ kind }) => kind === "items")!.input as string[]) {
      summaries.addItem(series.auditor, series.namespace, fromHex(item));
    }
    expect(toHex(summaries.itemsHash(series))).toBe(vectors.find(({ kind }) => kind === "items")!.hash);
  });

  function inputOf(name: string): { state: { digest: string } } {
    return vectors.find((vector) => vector.name === name)!.input as { state: { digest: string } };
  }

  function hashOf(name: string): string {
    return vectors.find((vector) => vector.name === name)!.hash;
  }
});
