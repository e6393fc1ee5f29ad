import { describe, expect, it } from "vitest";
import { rememberingVerifier, type SubtleEd25519, webVerifier } from "../../src/client/web-verifier.ts";
import { fromHex, utf8 } from "../../src/core/bytes.ts";
import { nobleVerifier } from "../../src/core/ed25519.ts";
import edgeCases from "../fixtures/ed25519/edge-cases.json" with { type: "json" };
import { makeAuditors } from "../support/auditors.ts";

const [auditor] = makeAuditors(1);
const message = utf8("a head");
const signature = auditor!.key.sign(message);
const subtle = globalThis.crypto.subtle as unknown as SubtleEd25519;

describe("Ed25519 where the SDK runs", () => {
  it("decides all edge cases with WebCrypto as the strict rule does", async () => {
    const web = webVerifier(subtle);
    expect(edgeCases.length).toBeGreaterThan(500);
    for (const { key, msg, sig, verifyStrict } of edgeCases) {
      expect(await web.verify(fromHex(key), utf8(msg), fromHex(sig))).toBe(verifyStrict);
    }
  });

  it("is JavaScript where there is no WebCrypto, as on a page on plain http", () => {
    expect(webVerifier(undefined)).toBeDefined();
    const crypto = Object.getOwnPropertyDescriptor(globalThis, "crypto")!;
    Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
    try {
      expect(webVerifier()).toBe(nobleVerifier);
    } finally {
      Object.defineProperty(globalThis, "crypto", crypto);
    }
  });

  it.each([
    [
      "does not know it",
      { importKey: async () => Promise.reject(new Error("NotSupportedError")), verify: async () => true },
    ],
    ["calls everything right", { importKey: async () => ({}), verify: async () => true }],
    ["calls everything wrong", { importKey: async () => ({}), verify: async () => false }],
  ] as [string, SubtleEd25519][])("is JavaScript where WebCrypto %s", async (_what, broken) => {
    const verifier = webVerifier(broken);
    expect(await verifier.verify(auditor!.key.publicKey, message, signature)).toBe(true);
    expect(await verifier.verify(auditor!.key.publicKey, utf8("another"), signature)).toBe(false);
  });

  it("remembers what it verified, and tells messages apart", async () => {
    let calls = 0;
    const verifier = rememberingVerifier({
      async verify(...args) {
        calls++;
        return nobleVerifier.verify(...args);
      },
    });
    for (let i = 0; i < 3; i++) {
      expect(await verifier.verify(auditor!.key.publicKey, message, signature)).toBe(true);
      expect(await verifier.verify(auditor!.key.publicKey, utf8("another"), signature)).toBe(false);
    }
    expect(calls).toBe(2);
  });
});
