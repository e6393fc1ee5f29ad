/**
 * Bytes made by other people's implementations: Cloudflare's plexi_core, the transparency-dev Go library,
 * ed25519-dalek.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromHex, toHex, utf8 } from "../../src/core/bytes.ts";
import {
  cosignedMessage,
  formatSignedNote,
  formatVkey,
  isSignedBy,
  parseSignedNote,
  parseVkey,
} from "../../src/core/checkpoint.ts";
import { nobleVerifier, type SignatureVerifier } from "../../src/core/ed25519.ts";
import {
  decodePlexiMessage,
  encodePlexiMessage,
  type PlexiSignatureResponse,
  parsePlexiSignatureResponse,
  plexiSignatureResponse,
} from "../../src/core/plexi.ts";
import { ed25519KeyFromSeed, NativeVerifier } from "../../src/platform/native-ed25519.ts";

function fixture<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/${path}`, import.meta.url), "utf8")) as T;
}

interface PlexiVector {
  response: PlexiSignatureResponse;
  signedBytes: string;
  signingKey: string;
  verifyingKey: string;
}

const verifiers: [string, SignatureVerifier][] = [
  ["node:crypto", new NativeVerifier()],
  ["@noble/ed25519", nobleVerifier],
];

describe("Plexi's signature vectors", () => {
  const vectors = fixture<PlexiVector[]>("plexi/signature-vectors.json");
  const within = vectors.filter(({ response }) => Number.isSafeInteger(response.epoch));
  const beyond = vectors.filter(({ response }) => !Number.isSafeInteger(response.epoch));

  it("holds both suites and values past 2^53", () => {
    expect(within).toHaveLength(10);
    expect(beyond).toHaveLength(4);
  });

  it.each(within)(
    "suite $response.ciphersuite, epoch $response.epoch, $response.namespace: same bytes, same signature",
    async (vector) => {
      const { message, signature } = parsePlexiSignatureResponse(vector.response);
      expect(toHex(encodePlexiMessage(message))).toBe(vector.signedBytes);
      const key = ed25519KeyFromSeed(fromHex(vector.signingKey));
      expect(toHex(key.publicKey)).toBe(vector.verifyingKey);
      expect(toHex(key.sign(encodePlexiMessage(message)))).toBe(vector.response.signature);
      expect(plexiSignatureResponse(message, key.publicKey, signature)).toEqual(vector.response);
    },
  );

  it.each(beyond)(
    "suite $response.ciphersuite past 2^53 is refused with the limit in the message",
    ({ response, signedBytes }) => {
      expect(() => parsePlexiSignatureResponse(response)).toThrow(/2\^53-1/);
      expect(() => decodePlexiMessage(fromHex(signedBytes))).toThrow(/2\^53-1/);
    },
  );

  it("refuses an answer whose fields differ from its serialized message", () => {
    const { response } = within[0]!;
    expect(() => parsePlexiSignatureResponse({ ...response, epoch: response.epoch + 1 })).toThrow(/differ/);
  });
});

interface CosignatureVector {
  Name: string;
  SigningKey: string;
  PublicKey: string;
  Vkey: string;
  NoteBody: string;
  SignedNote: string;
  SignedMessage: string;
  Timestamp: number;
}

describe("C2SP cosignature vectors", () => {
  it.each(fixture<CosignatureVector[]>("c2sp/cosignature-vectors.json"))(
    "$Name: vkey, signed bytes and note",
    async (vector) => {
      const key = ed25519KeyFromSeed(fromHex(vector.SigningKey));
      const verifierKey = parseVkey(vector.Vkey);
      expect(toHex(verifierKey.publicKey)).toBe(vector.PublicKey);
      expect(formatVkey({ name: vector.Name, publicKey: key.publicKey })).toBe(vector.Vkey);

      const { checkpoint, signatures } = parseSignedNote(vector.SignedNote);
      const message = cosignedMessage(checkpoint, vector.Timestamp);
      expect(message).toEqual(utf8(vector.SignedMessage));
      expect(signatures).toHaveLength(1);
      expect(isSignedBy(signatures[0]!, verifierKey)).toBe(true);
      expect(signatures[0]!.timeSeconds).toBe(vector.Timestamp);
      for (const [, verifier] of verifiers) {
        expect(await verifier.verify(verifierKey.publicKey, message, signatures[0]!.signature)).toBe(true);
      }
      const again = formatSignedNote(checkpoint, [
        { ...verifierKey, timeSeconds: vector.Timestamp, signature: key.sign(message) },
      ]);
      expect(again).toBe(vector.SignedNote);
    },
  );

  it.each([
    ["a+b", "not a cosignature vkey"],
    ["auditor-a.example+77bdcb21+BMmeKzfekwAt9oMmp4VJPNSqSH0aRfohF6oQUEiSO/eB", "key id"],
    ["auditor-a.example+77bdcb20+AcmeKzfekwAt9oMmp4VJPNSqSH0aRfohF6oQUEiSO/eB", "type"],
    ["auditor-a.example+77bdcb20+BMme", "bytes"],
  ])("refuses the vkey %s", (text, reason) => {
    expect(() => parseVkey(text)).toThrow(reason);
  });
});

interface EdgeCase {
  key: string;
  sig: string;
  msg: string;
  verifyStrict: boolean;
  number: number;
}

describe.each(verifiers)("the strict rule by %s", (_name, verifier) => {
  it("decides all 914 edge cases as verify_strict does", async () => {
    const cases = fixture<EdgeCase[]>("ed25519/edge-cases.json");
    expect(cases).toHaveLength(914);
    const differing: number[] = [];
    for (const { key, sig, msg, verifyStrict, number } of cases) {
      if ((await verifier.verify(fromHex(key), utf8(msg), fromHex(sig))) !== verifyStrict) differing.push(number);
    }
    expect(differing).toEqual([]);
  });

  it("answers false for wrong sizes", async () => {
    expect(await verifier.verify(new Uint8Array(31), new Uint8Array(), new Uint8Array(64))).toBe(false);
    expect(await verifier.verify(new Uint8Array(32), new Uint8Array(), new Uint8Array(63))).toBe(false);
  });
});
