import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64, toBase64 } from "../../src/core/bytes.ts";
import { plainDecode, plainEncode } from "../../src/core/utf8.ts";

describe("UTF-8 where the engine has none", () => {
  it("is written as engines write it, lone surrogates included", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 0xd800, max: 0xdfff }), (text, lone) => {
        const odd = text + String.fromCharCode(lone) + text;
        for (const one of [text, odd]) expect(plainEncode(one)).toEqual(new TextEncoder().encode(one));
      }),
    );
  });

  it("is read as engines read it, and refused where they refuse it", () => {
    const engine = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const outcome = (decode: () => string): string => {
      try {
        return decode();
      } catch {
        return "refused";
      }
    };
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
      fc
        .array(fc.constantFrom(0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xa0, 0xf0, 0x90, 0xf4, 0xf5, 0xef, 0xbb))
        .map(Uint8Array.from.bind(Uint8Array)),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        expect(outcome(() => plainDecode(input))).toBe(outcome(() => engine.decode(input)));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("base64", () => {
  it("is what Node makes of it, and only its one form is read", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        expect(toBase64(bytes)).toBe(text);
        expect(fromBase64(text)).toEqual(bytes);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("A", "B", "9", "+", "/", "=", "-", " ") }), (text) => {
        const isCanonical = Buffer.from(text, "base64").toString("base64") === text;
        if (isCanonical) expect(toBase64(fromBase64(text))).toBe(text);
        else expect(() => fromBase64(text)).toThrow("base64");
      }),
    );
  });
});
